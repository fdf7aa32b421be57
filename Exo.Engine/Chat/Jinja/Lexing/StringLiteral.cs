using System.Globalization;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The escapes of a string literal, Python's: an unknown one stays as it is written.</summary>
internal static class StringLiteral
{
    public static string Unescape(string raw, int line)
    {
        if (!raw.Contains('\\')) return raw;
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 == raw.Length) text.Append(raw[i]);
            else i = AppendEscape(raw, i + 1, text, line);
        }

        return text.ToString();
    }

    /// <summary>Appends the escape whose letter is at <paramref name="i"/>; returns the position of its last character.</summary>
    private static int AppendEscape(string raw, int i, StringBuilder text, int line)
    {
        switch (raw[i])
        {
            case '\n': return i;
            case 'n': text.Append('\n'); return i;
            case 't': text.Append('\t'); return i;
            case 'r': text.Append('\r'); return i;
            case 'a': text.Append('\a'); return i;
            case 'b': text.Append('\b'); return i;
            case 'f': text.Append('\f'); return i;
            case 'v': text.Append('\v'); return i;
            case '\\' or '\'' or '"': text.Append(raw[i]); return i;
            case 'x': return AppendHex(raw, i, 2, text, line);
            case 'u': return AppendHex(raw, i, 4, text, line);
            case 'U': return AppendHex(raw, i, 8, text, line);
            case 'N': throw TemplateError.Syntax(@"'\N{…}' escapes are not supported; write the character itself", line);
            case >= '0' and <= '7': return AppendOctal(raw, i, text);
            default: text.Append('\\').Append(raw[i]); return i;
        }
    }

    private static int AppendHex(string raw, int i, int digits, StringBuilder text, int line)
    {
        var code = -1;
        var isNumber = i + digits < raw.Length
            && int.TryParse(raw.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
        if (!isNumber || code is < 0 or > 0x10FFFF)
            throw TemplateError.Syntax($@"a '\{raw[i]}' escape needs {digits} hexadecimal digits of a character", line);
        if (code > 0xFFFF) text.Append(char.ConvertFromUtf32(code));
        else text.Append((char)code);
        return i + digits;
    }

    private static int AppendOctal(string raw, int i, StringBuilder text)
    {
        var (code, end) = (0, i);
        while (end < raw.Length && end < i + 3 && raw[end] is >= '0' and <= '7') code = code * 8 + raw[end++] - '0';
        text.Append((char)code);
        return end - 1;
    }
}
