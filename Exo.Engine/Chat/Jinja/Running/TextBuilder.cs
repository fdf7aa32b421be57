using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>A text in the making that pays for itself and cannot grow without bound.</summary>
internal sealed class TextBuilder(Rendering rendering)
{
    /// <summary>How much a caller may gather before it appends it here, where it is paid for.</summary>
    public const int PartLength = 4096;

    private readonly StringBuilder _text = new();

    /// <exception cref="TemplateError">The text would be too long.</exception>
    public void Append(string text)
    {
        rendering.CheckTextLength(_text.Length + (long)text.Length);
        rendering.SpendText(text.Length);
        _text.Append(text);
    }

    public override string ToString() => _text.ToString();
}
