using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The attribute that filters like <c>map(attribute="a.b.0")</c> look up: names and positions, one inside another.</summary>
internal sealed class AttributePath
{
    private readonly Value[] _parts;
    private readonly Value? _absent;

    /// <param name="attribute">A dotted name, a position, or null: the item itself.</param>
    /// <param name="absent">What stands for a part that is not defined; null: it stays undefined.</param>
    public AttributePath(Value? attribute, Value? absent = null)
    {
        _absent = absent is NoneValue ? null : absent;
        _parts = attribute switch
        {
            null or NoneValue => [],
            StringValue path => [.. path.Text.Split('.').Select(Part)],
            _ => [attribute],
        };
    }

    /// <summary>Several paths with commas between them, as the filter <c>sort</c> takes them.</summary>
    public static AttributePath[] Several(Value? attributes) => attributes is StringValue list
        ? [.. list.Text.Split(',').Select(path => new AttributePath(new StringValue(path)))]
        : [new AttributePath(attributes)];

    public Value Of(Value item, Rendering rendering)
    {
        foreach (var part in _parts)
        {
            item = Access.Item(item, part, rendering);
            if (_absent is not null && item is UndefinedValue) item = _absent;
        }

        return item;
    }

    /// <summary>The attribute as a sort key: text in lower case unless <paramref name="isCaseSensitive"/>.</summary>
    public Value Key(Value item, bool isCaseSensitive, Rendering rendering)
    {
        var key = Of(item, rendering);
        if (isCaseSensitive || key is not StringValue text) return key;
        rendering.SpendText(text.Text.Length);
        return text.With(Casing.Lower(text.Text));
    }

    private static Value Part(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? IntValue.Of(index) : new StringValue(part);
}
