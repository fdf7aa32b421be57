namespace Exo.Hub.Protocol;

/// <summary>How a file's bytes are named.</summary>
public enum ContentHashKind
{
    /// <summary>SHA-256 of the bytes: files in large-file storage.</summary>
    Sha256,
    /// <summary>SHA-1 of "blob {size}\0" and the bytes: files that git itself holds.</summary>
    GitSha1,
}

/// <summary>What a file's bytes must hash to; its text is the ETag and the blob's name.</summary>
public readonly record struct ContentHash
{
    private ContentHash(ContentHashKind kind, string text) => (Kind, Text) = (kind, text);

    /// <summary>Which function, told by the text's length.</summary>
    public ContentHashKind Kind { get; }

    /// <summary>64 (SHA-256) or 40 (git SHA-1) lower-case hexadecimal digits.</summary>
    public string Text { get; }

    /// <summary>Reads 64 or 40 hexadecimal digits, in quotes and with a weakness mark or without.</summary>
    public static bool TryParse(string? text, out ContentHash hash)
    {
        var digits = Unquote(text).ToLowerInvariant();
        hash = digits.All(char.IsAsciiHexDigitLower) ? digits.Length switch
        {
            64 => new ContentHash(ContentHashKind.Sha256, digits),
            40 => new ContentHash(ContentHashKind.GitSha1, digits),
            _ => default,
        } : default;
        return hash.Text is not null;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">The text is no such hash.</exception>
    public static ContentHash Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is neither a SHA-256 nor a git SHA-1.");

    /// <summary>An ETag's text without quotes and weakness mark; "" for null.</summary>
    internal static string Unquote(string? etag)
    {
        var text = (etag ?? "").Trim();
        if (text.StartsWith("W/", StringComparison.Ordinal)) text = text[2..];
        return text.Trim('"');
    }

    /// <inheritdoc/>
    public override string ToString() => Text ?? "";
}
