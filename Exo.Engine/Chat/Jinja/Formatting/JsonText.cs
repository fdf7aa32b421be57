using System.Globalization;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>JSON as Python's <c>json.dumps</c> writes it, which is what the filter <c>tojson</c> of Hugging Face calls.</summary>
internal sealed class JsonText(TextBuilder output, Rendering rendering)
{
    /// <summary>Between items: ", " by default, "," on separate lines.</summary>
    public required string ItemSeparator { get; init; }

    /// <summary>Between key and value: ": " by default.</summary>
    public required string KeySeparator { get; init; }

    /// <summary>One level's indentation; null: all on one line.</summary>
    public string? Indent { get; init; }

    public bool EscapesNonAscii { get; init; }

    public bool SortsKeys { get; init; }

    /// <exception cref="TemplateError">A value JSON has no form for: undefined, a generator, a macro, …</exception>
    public void Write(Value value, int depth = 0)
    {
        Limits.GuardStack();
        switch (value)
        {
            case NoneValue: output.Append("null"); break;
            case BoolValue flag: output.Append(flag.IsTrue ? "true" : "false"); break;
            case IntValue: value.WriteRepr(output); break;
            case FloatValue real: output.Append(Number(real.Number)); break;
            case StringValue text: WriteString(text.Text); break;
            case SequenceValue sequence: WriteArray(sequence.Items, depth + 1); break;
            case DictValue dict: WriteObject(dict, depth + 1); break;
            default: throw new TemplateError($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static string Number(double number) =>
        FloatText.Special(number) switch { null => FloatText.Repr(number), "nan" => "NaN", "inf" => "Infinity", _ => "-Infinity" };

    private void WriteArray(IReadOnlyList<Value> items, int depth)
    {
        output.Append("[");
        for (var i = 0; i < items.Count; i++)
        {
            Separate(i, depth);
            Write(items[i], depth);
        }

        if (items.Count > 0) BreakLine(depth - 1);
        output.Append("]");
    }

    private void WriteObject(DictValue dict, int depth)
    {
        output.Append("{");
        var i = 0;
        IEnumerable<KeyValuePair<Value, Value>> entries = dict.Entries;
        if (SortsKeys) entries = StableSort.Sort([.. entries], entry => entry.Key, isReversed: false, rendering);
        foreach (var (key, value) in entries)
        {
            Separate(i++, depth);
            WriteString(KeyText(key));
            output.Append(KeySeparator);
            Write(value, depth);
        }

        if (i > 0) BreakLine(depth - 1);
        output.Append("}");
    }

    private void Separate(int index, int depth)
    {
        if (index > 0) output.Append(ItemSeparator);
        BreakLine(depth);
    }

    private void BreakLine(int depth)
    {
        if (Indent is null) return;
        output.Append("\n");
        for (var i = 0; i < depth; i++) output.Append(Indent);
    }

    private static string KeyText(Value key) => key switch
    {
        StringValue text => text.Text,
        BoolValue flag => flag.IsTrue ? "true" : "false",
        NoneValue => "null",
        IntValue integer => integer.Number.ToString(CultureInfo.InvariantCulture),
        FloatValue real => Number(real.Number),
        _ => throw new TemplateError($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private void WriteString(string text)
    {
        var quoted = new StringBuilder().Append('"');
        foreach (var unit in text)
        {
            if (unit is '"' or '\\') quoted.Append('\\').Append(unit);
            else if (unit == '\n') quoted.Append("\\n");
            else if (unit == '\r') quoted.Append("\\r");
            else if (unit == '\t') quoted.Append("\\t");
            else if (unit == '\b') quoted.Append("\\b");
            else if (unit == '\f') quoted.Append("\\f");
            else if (unit < ' ' || (EscapesNonAscii && unit > '~')) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            else quoted.Append(unit);
            if (quoted.Length < TextBuilder.PartLength) continue;
            output.Append(quoted.ToString());
            quoted.Clear();
        }

        output.Append(quoted.Append('"').ToString());
    }
}
