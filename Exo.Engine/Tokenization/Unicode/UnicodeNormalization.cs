using System.Text;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>NFC, NFD, NFKC and NFKD (UAX #15). Text already in NFC comes back as the same instance without a look at the tables' data.</summary>
internal static class UnicodeNormalization
{
    /// <summary>The text in the asked form. Half surrogate pairs become U+FFFD.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text))
            return text;
        var data = NormalizationData.Instance;
        if (form == NormalizationForm.FormC)
            return Compose(text, data);
        var points = new CodePointBuffer();
        Decompose(text, form is NormalizationForm.FormKC or NormalizationForm.FormKD, data, points);
        if (form == NormalizationForm.FormKC)
            Recompose(points, data);
        var result = new StringBuilder(text.Length);
        points.AppendTo(result);
        return result.ToString();
    }

    /// <summary>NFC, touching only the stretches between two code points that begin anew.</summary>
    private static string Compose(string text, NormalizationData data)
    {
        StringBuilder? result = null;
        CodePointBuffer? points = null;
        int done = 0, boundary = 0, index = 0;
        while (index < text.Length)
        {
            if (text[index] < 0x300)
            {
                boundary = index++;
                continue;
            }
            var codePoint = CharClasses.CodePointAt(text, index, out var length);
            if (!data.IsUnstable(codePoint))
            {
                boundary = index;
                index += length;
                continue;
            }

            // From the last code point that began anew up to the next one that does.
            while (index < text.Length && data.IsUnstable(CharClasses.CodePointAt(text, index, out length)))
                index += length;
            result ??= new StringBuilder(text.Length);
            points ??= new CodePointBuffer();
            points.Clear();
            Decompose(text.AsSpan(boundary, index - boundary), compatible: false, data, points);
            Recompose(points, data);
            result.Append(text, done, boundary - done);
            points.AppendTo(result);
            done = boundary = index;
        }
        return result is null ? text : result.Append(text, done, text.Length - done).ToString();
    }

    private static void Decompose(ReadOnlySpan<char> text, bool compatible, NormalizationData data, CodePointBuffer points)
    {
        for (var index = 0; index < text.Length;)
        {
            var codePoint = CharClasses.CodePointAt(text, index, out var length);
            index += length;
            var hangul = codePoint - NormalizationData.HangulBase;
            if (codePoint < 0xA0)
                points.Add(codePoint);
            else if ((uint)hangul < NormalizationData.HangulCount)
                AddSyllable(hangul, points);
            else if (data.Decomposition(codePoint, compatible) is { } parts)
                foreach (var part in parts)
                    points.Add(part);
            else
                points.Add(codePoint);
        }
        points.SortMarks(data);
    }

    private static void AddSyllable(int hangul, CodePointBuffer points)
    {
        points.Add(NormalizationData.LeadBase + hangul / (NormalizationData.VowelCount * NormalizationData.TailCount));
        points.Add(NormalizationData.VowelBase + hangul / NormalizationData.TailCount % NormalizationData.VowelCount);
        if (hangul % NormalizationData.TailCount is > 0 and var tail)
            points.Add(NormalizationData.TailBase + tail);
    }

    /// <summary>Canonical composition in place: each mark joins the last starter unless something of its class or a starter stands between.</summary>
    private static void Recompose(CodePointBuffer points, NormalizationData data)
    {
        int starter = -1, written = 0, lastClass = 0;
        for (var read = 0; read < points.Count; read++)
        {
            var codePoint = points[read];
            int combiningClass = data.Class(codePoint);
            var adjacent = starter == written - 1;
            if (starter >= 0 && (adjacent || lastClass < combiningClass))
            {
                var composed = data.Compose(points[starter], codePoint);
                if (composed >= 0)
                {
                    points[starter] = composed;
                    continue;
                }
            }
            if (combiningClass == 0)
                starter = written;
            lastClass = combiningClass;
            points[written++] = codePoint;
        }
        points.Count = written;
    }
}
