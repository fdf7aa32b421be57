using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's <c>"…" % values</c>: a tuple gives the values one by one, a dict by name, anything else is the only one.</summary>
internal sealed class PercentFormat
{
    private readonly string _format;
    private readonly Value _values;
    private readonly bool _isMarkup;
    private readonly Rendering _rendering;
    private readonly TextBuilder _text;
    private int _position;
    private int _used;

    private PercentFormat(StringValue format, Value values, Rendering rendering)
    {
        (_format, _isMarkup, _values, _rendering) = (format.Text, format.IsMarkup, values, rendering);
        _text = new TextBuilder(rendering);
    }

    public static StringValue Apply(StringValue format, Value values, Rendering rendering) =>
        format.With(new PercentFormat(format, values, rendering).Run());

    private string Run()
    {
        while (_format.IndexOf('%', _position) is var percent and >= 0)
        {
            _text.Append(_format[_position..percent]);
            _position = percent + 1;
            ReadConversion();
        }

        _text.Append(_format[_position..]);
        var isSingle = _values is not (SequenceValue or DictValue or RangeValue or UndefinedValue);
        if ((_values is TupleValue tuple && _used < tuple.Items.Count) || (isSingle && _used == 0))
            throw new TemplateError("not all arguments converted during string formatting");
        return _text.ToString();
    }

    private void ReadConversion()
    {
        Value? named = null;
        if (Next() == '(') named = ReadNamed();
        var flags = "";
        while (Next() is '#' or '0' or '-' or ' ' or '+') flags += _format[_position++];
        var width = ReadNumber() ?? 0;
        if (width < 0) (flags, width) = (flags + '-', -width);
        int? precision = null;
        if (Next() == '.')
        {
            _position++;
            precision = Math.Max(0, ReadNumber() ?? 0);
        }

        while (Next() is 'h' or 'l' or 'L') _position++;
        var conversion = Next();
        _position++;
        if (conversion == '%') _text.Append("%");
        else _text.Append(Convert(conversion, named ?? Take(), flags, width, precision));
    }

    private char Next() => _position < _format.Length ? _format[_position] : throw new TemplateError("incomplete format");

    private Value ReadNamed()
    {
        var (start, depth) = (++_position, 1);
        for (; depth > 0; _position++) depth += Next() switch { '(' => 1, ')' => -1, _ => 0 };
        if (_values is not DictValue dict) throw new TemplateError("format requires a mapping");
        var name = _format[start..(_position - 1)];
        return dict.Find(new StringValue(name)) ?? throw new TemplateError($"a format names '{name}', which the dict lacks");
    }

    private Value Take()
    {
        if (_values is TupleValue tuple) return _used < tuple.Items.Count ? tuple.Items[_used++] : throw NotEnough();
        return _used++ == 0 ? _values : throw NotEnough();
    }

    private static TemplateError NotEnough() => new("not enough arguments for format string");

    private int? ReadNumber()
    {
        if (Next() == '*')
        {
            _position++;
            var number = Numbers.Integer(Take()) ?? throw new TemplateError("* wants int");
            return (int)BigInteger.Clamp(number, -Limits.TextLength * 4L, Limits.TextLength * 4L);
        }

        if (!char.IsAsciiDigit(Next())) return null;
        var value = 0L;
        while (char.IsAsciiDigit(Next())) value = Math.Min(value * 10 + _format[_position++] - '0', Limits.TextLength * 4L);
        return (int)value;
    }

    private string Convert(char conversion, Value value, string flags, int width, int? precision)
    {
        var sign = flags.Contains('+') ? '+' : flags.Contains(' ') ? ' ' : '-';
        var align = flags.Contains('-') ? '<' : '>';
        var (head, body) = conversion switch
        {
            's' => ("", Cut(Escape(_rendering.Text(value), value), precision)),
            'r' or 'a' => ("", Cut(Escape(_rendering.Repr(value), NoneValue.None), precision)),
            'c' => ("", Character(value)),
            'd' or 'i' or 'u' => Integer(Whole(value, truncates: true), 10, "", sign, precision),
            'x' => Integer(Whole(value), 16, flags.Contains('#') ? "0x" : "", sign, precision),
            'X' => Upper(Integer(Whole(value), 16, flags.Contains('#') ? "0x" : "", sign, precision)),
            'o' => Integer(Whole(value), 8, flags.Contains('#') ? "0o" : "", sign, precision),
            'f' or 'F' or 'e' or 'E' or 'g' or 'G' => Real(value, conversion, sign, precision ?? 6, flags.Contains('#')),
            _ => throw new TemplateError($"unsupported format character '{conversion}'"),
        };
        var fillsZeros = flags.Contains('0') && align == '>' && conversion is not ('s' or 'r' or 'a' or 'c');
        return NumberLayout.Pad(head, body, fillsZeros ? "0" : " ", fillsZeros ? '=' : align, width, _rendering);
    }

    private string Escape(string text, Value value) =>
        _isMarkup && value is not StringValue { IsMarkup: true } ? Markup.Escape(text) : text;

    private static string Cut(string text, int? precision) => precision is { } count ? text[..CodePoints.Offset(text, count)] : text;

    private static (string, string) Upper((string Head, string Body) number) =>
        (number.Head.ToUpperInvariant(), number.Body.ToUpperInvariant());

    private static BigInteger Whole(Value value, bool truncates = false) => value switch
    {
        UndefinedValue undefined => throw undefined.Error(),
        FloatValue real when truncates && double.IsFinite(real.Number) => new BigInteger(real.Number),
        _ => Numbers.Integer(value) ?? throw new TemplateError($"a format needs an integer, not {value.TypeName}"),
    };

    private static (string, string) Integer(BigInteger number, int radix, string prefix, char sign, int? precision)
    {
        if (precision > Limits.Precision) throw TemplateError.Limit($"a number format asks for more than {Limits.Precision} digits");
        var digits = IntegerText.Write(BigInteger.Abs(number), radix).PadLeft(precision ?? 0, '0');
        return (NumberLayout.Sign(number.Sign < 0, sign) + prefix, digits);
    }

    private (string, string) Real(Value value, char conversion, char sign, int precision, bool keepsZeros)
    {
        _rendering.Spend(precision);
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (!Numbers.IsNumber(value)) throw new TemplateError($"must be real number, not {value.TypeName}");
        var number = Numbers.Float(value);
        var isNegative = double.IsNegative(number) && !double.IsNaN(number);
        return (NumberLayout.Sign(isNegative, sign), FloatText.Format(number, conversion, precision, keepsZeros));
    }

    private static string Character(Value value)
    {
        if (value is StringValue { Length: 1 } text) return text.Text;
        if (Numbers.Integer(value) is not { } code || code < 0 || code > 0x10FFFF) throw new TemplateError("%c requires int or char");
        return code > 0xFFFF ? char.ConvertFromUtf32((int)code) : ((char)code).ToString();
    }
}
