namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that fill them to a width.</summary>
internal static class AlignMethods
{
    public static readonly Builtin[] All =
    [
        new("center", "width, fillchar?", call => Fill(call, Center)),
        new("ljust", "width, fillchar?", call => Fill(call, _ => 0)),
        new("rjust", "width, fillchar?", call => Fill(call, room => room.Missing)),
        new("zfill", "width", ZeroFill),
    ];

    /// <summary>Where Python puts the odd character when it centers.</summary>
    public static int Center((int Missing, int Width) room) => room.Missing / 2 + (room.Missing & room.Width & 1);

    /// <summary>The text between fill characters, as many before it as <paramref name="before"/> says.</summary>
    public static StringValue Fill(StringValue text, int width, string fill, Func<(int Missing, int Width), int> before, Rendering rendering)
    {
        var missing = width - text.Length!.Value;
        if (missing <= 0) return text;
        if (CodePoints.Count(fill) != 1) throw new TemplateError("The fill character must be exactly one character long");
        rendering.ReserveText((long)width * fill.Length);
        var left = before((missing, width));
        return text.With($"{CodePoints.Repeat(fill, left)}{text.Text}{CodePoints.Repeat(fill, missing - left)}");
    }

    private static StringValue Fill(BuiltinCall call, Func<(int Missing, int Width), int> before) =>
        Fill(call.SelfText, call.Integer(0, 0), call.TextOrNull(1) ?? " ", before, call.Rendering);

    private static StringValue ZeroFill(BuiltinCall call)
    {
        var text = call.SelfText;
        var sign = text.Text.StartsWith('-') || text.Text.StartsWith('+') ? text.Text[..1] : "";
        var filled = Fill(text.With(text.Text[sign.Length..]), call.Integer(0, 0) - sign.Length, "0", room => room.Missing, call.Rendering);
        return text.With(sign + filled.Text);
    }
}
