using System.Globalization;
using System.Text;

namespace Exo.Api.Http.OpenAi;

/// <summary>A token's bytes as JSON can carry them.</summary>
internal static class TokenText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text, or "bytes:\xe2\x9c" where the bytes are no whole characters.</summary>
    public static string Of(byte[]? bytes)
    {
        try
        {
            return Strict.GetString(bytes ?? []);
        }
        catch (DecoderFallbackException)
        {
            return "bytes:" + string.Concat(bytes!.Select(value => @"\x" + value.ToString("x2", CultureInfo.InvariantCulture)));
        }
    }

    public static IReadOnlyList<int> Numbers(byte[]? bytes) => [.. (bytes ?? []).Select(value => (int)value)];

    /// <summary>Characters (Unicode scalar values) that begin in the bytes.</summary>
    public static int CharactersBegunIn(byte[]? bytes) => (bytes ?? []).Count(value => (value & 0xC0) != 0x80);
}
