namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Text. One that the filters <c>safe</c> or <c>escape</c> made is markup: it escapes the plain text it is joined with, as Python's does,
/// even though templates here never escape on output.
/// </summary>
internal sealed class StringValue(string text, bool isMarkup = false) : Value
{
    public static readonly StringValue Empty = new("");

    private static readonly StringValue[] Ascii = [.. Enumerable.Range(0, 128).Select(unit => new StringValue(((char)unit).ToString()))];

    private int _length = -1;

    public string Text { get; } = text;

    public bool IsMarkup { get; } = isMarkup;

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override bool IsTrue => Text.Length > 0;

    /// <summary>Code points.</summary>
    public override int? Length => _length < 0 ? _length = CodePoints.Count(Text) : _length;

    public override long Weight => 1 + Text.Length / 16;

    public override bool IsSequence => true;

    /// <summary>Plain text of one code point.</summary>
    public static StringValue Character(string point) =>
        point.Length == 1 && char.IsAscii(point[0]) ? Ascii[point[0]] : new StringValue(point);

    /// <summary>Other text of the same kind.</summary>
    public StringValue With(string text) => new(text, IsMarkup);

    public override void WriteText(TextBuilder output) => output.Append(Text);

    public override void WriteRepr(TextBuilder output)
    {
        if (IsMarkup) output.Append("Markup(");
        StringRepr.Write(Text, output);
        if (IsMarkup) output.Append(")");
    }

    public override IEnumerable<Value> Iterate() => CodePoints.Each(Text).Select(Character);

    public override IEnumerable<Value> IterateBackwards() => CodePoints.EachBackwards(Text).Select(Character);

    public override Value? Attribute(string name) => MethodTables.Strings.Bind(name, this);

    public override Value? Item(Value key, Rendering rendering)
    {
        if (Numbers.Integer(key) is not { } number || SliceBounds.Element(number, Length!.Value) is not { } index) return null;
        if (_length == Text.Length) return With(Text[index].ToString());
        rendering.SpendText(Text.Length);
        var offset = CodePoints.Offset(Text, index);
        return With(Text.Substring(offset, Characters.Width(Text, offset)));
    }

    public override Value Slice(SliceBounds bounds, Rendering rendering)
    {
        rendering.SpendText(Text.Length);
        var part = bounds.Over(Length!.Value);
        if (part.Step == 1)
        {
            var from = CodePoints.Offset(Text, part.Start);
            return With(Text[from..CodePoints.Offset(Text, part.Start + part.Count)]);
        }

        rendering.Spend(part.Count);
        if (_length == Text.Length) return With(string.Create(part.Count, (Text, part), (to, from) => from.part.Copy(from.Text, to)));
        rendering.Spend(Text.Length);
        string[] points = [.. CodePoints.Each(Text)];
        return With(string.Concat(Enumerable.Range(0, part.Count).Select(i => points[part.Start + i * part.Step])));
    }

    public override bool Contains(Value item, Rendering rendering)
    {
        if (item is UndefinedValue undefined) throw undefined.Error();
        if (item is not StringValue part) throw new TemplateError($"'in <string>' requires string as left operand, not {item.TypeName}");
        rendering.SpendText(Text.Length);
        return Text.Contains(part.Text, StringComparison.Ordinal);
    }

    public override bool Equals(object? other) => other is StringValue text && text.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
