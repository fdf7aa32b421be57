using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Python's <c>"{0} {name.part[key]!r:&gt;10}".format(…)</c>. Attributes are looked up as templates do, so nothing private is reached.
/// </summary>
internal sealed class BraceFormat
{
    private readonly StringValue _format;
    private readonly Arguments _arguments;
    private readonly Rendering _rendering;
    private int _automatic;

    private BraceFormat(StringValue format, Arguments arguments, Rendering rendering) =>
        (_format, _arguments, _rendering) = (format, arguments, rendering);

    public static StringValue Apply(StringValue format, Arguments arguments, Rendering rendering) =>
        format.With(new BraceFormat(format, arguments, rendering).Expand(format.Text, depth: 2));

    private string Expand(string format, int depth)
    {
        if (depth < 0) throw new TemplateError("Max string recursion exceeded");
        var text = new TextBuilder(_rendering);
        var position = 0;
        while (format.AsSpan(position).IndexOfAny('{', '}') is var offset and >= 0)
        {
            var brace = position + offset;
            text.Append(format[position..brace]);
            if (brace + 1 < format.Length && format[brace + 1] == format[brace])
            {
                text.Append(format[brace].ToString());
                position = brace + 2;
                continue;
            }

            if (format[brace] == '}') throw new TemplateError("Single '}' encountered in format string");
            var end = FieldEnd(format, brace);
            text.Append(Field(format[(brace + 1)..end], depth));
            position = end + 1;
        }

        text.Append(format[position..]);
        return text.ToString();
    }

    private static int FieldEnd(string format, int brace)
    {
        var depth = 0;
        for (var i = brace; i < format.Length; i++)
        {
            depth += format[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0) return i;
        }

        throw new TemplateError("expected '}' before end of string");
    }

    private string Field(string field, int depth)
    {
        var nameEnd = NameEnd(field);
        var value = Lookup(field[..nameEnd]);
        var rest = field[nameEnd..];
        if (rest.StartsWith('!'))
        {
            if (rest.Length < 2 || (rest.Length > 2 && rest[2] != ':')) throw new TemplateError("expected ':' after conversion specifier");
            value = Convert(value, rest[1]);
            rest = rest[2..];
        }

        var text = FormatSpec.Apply(value, rest.Length > 0 ? Expand(rest[1..], depth - 1) : "", _rendering);
        return _format.IsMarkup && value is not StringValue { IsMarkup: true } ? Markup.Escape(text) : text;
    }

    /// <summary>Where conversion or specification begins; brackets may hold both signs.</summary>
    private static int NameEnd(string field)
    {
        var inBrackets = false;
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '[') inBrackets = true;
            else if (field[i] == ']') inBrackets = false;
            else if (!inBrackets && field[i] is '!' or ':') return i;
        }

        return field.Length;
    }

    private StringValue Convert(Value value, char conversion) => conversion switch
    {
        's' => new StringValue(_rendering.Text(value)),
        'r' or 'a' => new StringValue(_rendering.Repr(value)),
        _ => throw new TemplateError($"Unknown conversion specifier '{conversion}'"),
    };

    private Value Lookup(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        var first = end < 0 ? path : path[..end];
        var value = Argument(first);
        for (var position = end < 0 ? path.Length : end; position < path.Length;)
        {
            _rendering.Spend(1);
            var isAttribute = path[position++] == '.';
            var stop = isAttribute ? path.AsSpan(position).IndexOfAny('.', '[') : path.AsSpan(position).IndexOf(']');
            if (stop < 0 && !isAttribute) throw new TemplateError("Missing ']' in format string");
            var name = stop < 0 ? path[position..] : path.Substring(position, stop);
            position += name.Length + (isAttribute ? 0 : 1);
            if (!isAttribute && position < path.Length && path[position] is not ('.' or '['))
                throw new TemplateError("Only '.' or '[' may follow ']' in format field specifier");
            value = isAttribute
                ? Access.Attribute(value, new StringValue(name))
                : Access.Item(value, IntegerText.Parse(name, 10) is { } index ? IntValue.Of(index) : new StringValue(name), _rendering);
        }

        return value;
    }

    private Value Argument(string name)
    {
        if (name.Length == 0) name = (_automatic++).ToString(CultureInfo.InvariantCulture);
        var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        if (isNumber && index < _arguments.Positional.Count) return _arguments.Positional[index];
        if (isNumber) throw new TemplateError($"format asks for argument {index}, {_arguments.Positional.Count} given");
        return _arguments.Named.GetValueOrDefault(name) ?? throw new TemplateError($"format asks for '{name}', which was not given");
    }
}
