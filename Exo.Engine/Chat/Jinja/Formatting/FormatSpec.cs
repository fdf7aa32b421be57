using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's format specification: <c>[[fill]align][sign][z][#][0][width][,_][.precision][type]</c>.</summary>
internal sealed partial class FormatSpec
{
    private string _fill = " ";
    private char _align;
    private char _sign = '-';
    private bool _isAlternate;
    private int _width;
    private string _grouping = "";
    private int? _precision;
    private char _type;

    private FormatSpec()
    {
    }

    /// <summary>Whether it writes an integer as one.</summary>
    private bool IsWhole => _type is '\0' or 'b' or 'c' or 'd' or 'n' or 'o' or 'x' or 'X';

    /// <summary>The value as <paramref name="specification"/> asks.</summary>
    /// <exception cref="TemplateError">A specification that is none, or that the type does not understand.</exception>
    public static string Apply(Value value, string specification, Rendering rendering)
    {
        if (specification.Length == 0) return rendering.Text(value);
        var spec = Parse(specification, value);
        return value switch
        {
            StringValue text => spec.FormatText(text.Text, rendering),
            IntValue or BoolValue when spec.IsWhole => spec.FormatInteger(Numbers.Integer(value)!.Value, rendering),
            IntValue or BoolValue or FloatValue => spec.FormatReal(Numbers.Float(value), rendering),
            UndefinedValue undefined => throw undefined.Error(),
            _ => throw new TemplateError($"unsupported format string passed to {value.TypeName}"),
        };
    }

    [GeneratedRegex(
        @"^(?:(?<fill>[\ud800-\udbff][\udc00-\udfff]|[\s\S])?(?<align>[<>=^]))?(?<sign>[-+ ])?z?(?<alt>#)?(?<zero>0)?(?<width>[0-9]+)?"
        + @"(?<group>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();

    private static FormatSpec Parse(string specification, Value value)
    {
        var match = Grammar().Match(specification);
        if (!match.Success) throw new TemplateError($"invalid format specifier '{specification}' for an object of type '{value.TypeName}'");
        var isText = value is StringValue;
        var spec = new FormatSpec
        {
            _align = match.Groups["align"] is { Success: true } align ? align.Value[0] : isText ? '<' : '>',
            _sign = match.Groups["sign"] is { Success: true } sign ? sign.Value[0] : '-',
            _isAlternate = match.Groups["alt"].Success,
            _width = Number(match.Groups["width"]) ?? 0,
            _grouping = match.Groups["group"].Value,
            _precision = Number(match.Groups["precision"]),
            _type = match.Groups["type"] is { Success: true } type ? type.Value[0] : '\0',
        };
        if (match.Groups["fill"].Success) spec._fill = match.Groups["fill"].Value;
        else if (match.Groups["zero"].Success) spec._fill = "0";
        if (match.Groups["zero"].Success && !match.Groups["align"].Success && !isText) spec._align = '=';
        spec.Check(isText, hasSign: match.Groups["sign"].Success, specification);
        return spec;
    }

    private void Check(bool isText, bool hasSign, string specification)
    {
        var isGrouped = _grouping.Length > 0;
        if (isGrouped && (_type is 'c' or 'n' || (_grouping == "," && _type is 'b' or 'o' or 'x' or 'X')))
            throw new TemplateError($"cannot specify '{_grouping}' with '{_type}'");
        if (_type == 'c' && (hasSign || _isAlternate)) throw new TemplateError("sign and '#' do not go with 'c'");
        if (isText && (_align == '=' || hasSign || _isAlternate || isGrouped))
            throw new TemplateError($"format specifier '{specification}' does not apply to a string");
    }

    private static int? Number(Group group)
    {
        if (!group.Success) return null;
        return int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }

    private string FormatText(string text, Rendering rendering)
    {
        if (_type is not ('\0' or 's')) throw UnknownType("str");
        if (_precision is { } count) text = text[..CodePoints.Offset(text, count)];
        return NumberLayout.Pad("", text, _fill, _align, _width, rendering);
    }

    private string FormatInteger(BigInteger number, Rendering rendering)
    {
        if (_precision is not null) throw new TemplateError("Precision not allowed in integer format specifier");
        if (_type == 'c')
        {
            if (number.Sign < 0 || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF))
                throw new TemplateError("%c arg not in range(0x110000)");
            return NumberLayout.Pad("", char.ConvertFromUtf32((int)number), _fill, _align, _width, rendering);
        }

        var radix = _type switch { 'b' => 2, 'o' => 8, 'x' or 'X' => 16, _ => 10 };
        var digits = IntegerText.Write(BigInteger.Abs(number), radix);
        var head = NumberLayout.Sign(number.Sign < 0, _sign) + (_isAlternate && radix != 10 ? $"0{_type}" : "");
        if (_type == 'X') digits = digits.ToUpperInvariant();
        return Layout(head, digits, "", radix == 10 ? 3 : 4, rendering);
    }

    private string FormatReal(double number, Rendering rendering)
    {
        if (_type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%')) throw UnknownType("float");
        rendering.Spend(_precision ?? 1);
        var isNegative = double.IsNegative(number) && !double.IsNaN(number);
        var scaled = Math.Abs(_type == '%' ? number * 100 : number);
        var text = _type switch
        {
            '\0' when _precision is null => FloatText.Repr(scaled),
            '\0' => FloatText.Natural(scaled, _precision!.Value, _isAlternate),
            'n' => FloatText.Format(scaled, 'g', _precision ?? 6, _isAlternate),
            '%' => FloatText.Format(scaled, 'f', _precision ?? 6, _isAlternate),
            _ => FloatText.Format(scaled, _type, _precision ?? 6, _isAlternate),
        };
        var end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var (whole, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        return Layout(NumberLayout.Sign(isNegative, _sign), whole, rest + (_type == '%' ? "%" : ""), 3, rendering);
    }

    private string Layout(string head, string whole, string rest, int groupSize, Rendering rendering)
    {
        if (_grouping.Length > 0 && whole.Length > 0)
        {
            var room = _fill == "0" && _align == '=' ? _width - head.Length - rest.Length : 0;
            if (room > Limits.Precision) throw TemplateError.Limit($"a grouped number wider than {Limits.Precision} characters");
            whole = NumberLayout.Group(whole, _grouping, groupSize, room);
        }

        return NumberLayout.Pad(head, whole + rest, _fill, _align, _width, rendering);
    }

    private TemplateError UnknownType(string owner) => new($"unknown format code '{_type}' for object of type '{owner}'");
}
