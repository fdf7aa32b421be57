namespace Exo.Engine.Chat.Jinja;

/// <summary>The filter <c>indent</c>: each line but the first and the blank ones indented, unless asked otherwise.</summary>
internal static class Indent
{
    public static readonly Builtin Filter = new("indent", "width?, first?, blank?", Apply);

    private static StringValue Apply(BuiltinCall call)
    {
        if (call.Self is not StringValue text) throw call.WrongSelf("a string");
        var width = call[0] is StringValue ? 0 : call.Integer(0, 4);
        call.Rendering.ReserveText(width);
        var indentation = call[0] is StringValue given ? given.Text : new string(' ', Math.Max(width, 0));
        var (indentsFirst, indentsBlank) = (call.Flag(1), call.Flag(2));
        var result = new TextBuilder(call.Rendering);
        foreach (var (index, line) in Splitting.Lines(text.Text + "\n", keepsEnds: false).Index())
        {
            if (index > 0) result.Append("\n");
            if (index == 0 ? indentsFirst : indentsBlank || line.Length > 0) result.Append(indentation);
            result.Append(line);
        }

        return text.With(result.ToString());
    }
}
