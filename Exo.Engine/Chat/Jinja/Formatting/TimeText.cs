using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// C's <c>strftime</c> in the C locale, with glibc's flags <c>-</c> (no padding), <c>_</c> (spaces), <c>0</c> and <c>^</c> (upper case).
/// </summary>
/// <remarks>%Z and %z are empty, as for the zoneless time that Hugging Face formats.</remarks>
internal static class TimeText
{
    public static string Format(DateTimeOffset time, string format, Rendering rendering)
    {
        var text = new TextBuilder(rendering);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i].ToString());
                continue;
            }

            var flag = format[i + 1] is '-' or '_' or '0' or '^' && i + 2 < format.Length ? format[++i] : '\0';
            var directive = format[++i];
            text.Append(Directive(time, directive, flag, rendering) ?? (flag == '\0' ? $"%{directive}" : $"%{flag}{directive}"));
        }

        return text.ToString();
    }

    private static string? Directive(DateTimeOffset time, char directive, char flag, Rendering rendering)
    {
        string Number(int number, int width, char padding = '0')
        {
            padding = flag switch { '_' => ' ', '0' => '0', _ => padding };
            var digits = number.ToString(CultureInfo.InvariantCulture);
            return flag == '-' ? digits : digits.PadLeft(width, padding);
        }

        string Word(string format)
        {
            var word = time.ToString(format, CultureInfo.InvariantCulture);
            return flag == '^' ? word.ToUpperInvariant() : word;
        }

        string Composite(string format) => Format(time, format, rendering);

        var twelve = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        return directive switch
        {
            'Y' => Number(time.Year, 4),
            'C' => Number(time.Year / 100, 2),
            'y' => Number(time.Year % 100, 2),
            'm' => Number(time.Month, 2),
            'd' => Number(time.Day, 2),
            'e' => Number(time.Day, 2, ' '),
            'H' => Number(time.Hour, 2),
            'I' => Number(twelve, 2),
            'k' => Number(time.Hour, 2, ' '),
            'l' => Number(twelve, 2, ' '),
            'M' => Number(time.Minute, 2),
            'S' => Number(time.Second, 2),
            'f' => time.ToString("ffffff", CultureInfo.InvariantCulture),
            'j' => Number(time.DayOfYear, 3),
            'u' => Number(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
            'w' => Number((int)time.DayOfWeek, 1),
            'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
            'W' => Number((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(time.DateTime), 2),
            'G' => Number(ISOWeek.GetYear(time.DateTime), 4),
            'g' => Number(ISOWeek.GetYear(time.DateTime) % 100, 2),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'B' => Word("MMMM"),
            'b' or 'h' => Word("MMM"),
            'A' => Word("dddd"),
            'a' => Word("ddd"),
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'D' or 'x' => Composite("%m/%d/%y"),
            'F' => Composite("%Y-%m-%d"),
            'R' => Composite("%H:%M"),
            'T' or 'X' => Composite("%H:%M:%S"),
            'r' => Composite("%I:%M:%S %p"),
            'c' => Composite("%a %b %e %H:%M:%S %Y"),
            'Z' or 'z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => null,
        };
    }
}
