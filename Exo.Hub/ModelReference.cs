using System.Diagnostics.CodeAnalysis;
using Exo.Hub.Protocol;

namespace Exo.Hub;

/// <summary>
/// A model by name: <c>org/name[:variant][@revision]</c>. The variant picks one quantisation of a GGUF repository
/// (<c>:Q4_K_M</c>); the revision is a branch, a tag or a commit. Names are checked here, so a reference never leads outside the store.
/// </summary>
public sealed record ModelReference
{
    private const int LongestPart = 96;

    /// <summary>What people paste before a name, as Ollama writes it or a browser shows it.</summary>
    private static readonly string[] HubAddresses = ["https://huggingface.co/", "https://hf.co/", "huggingface.co/", "hf.co/"];

    private ModelReference(string repositoryId, string revision, string? variant) =>
        (RepositoryId, Revision, Variant) = (repositoryId, revision, variant);

    /// <summary>"org/name", or "name" for the few repositories without an organisation.</summary>
    public string RepositoryId { get; }

    /// <summary>A branch, a tag or a commit hash; "main" where the text named none.</summary>
    public string Revision { get; }

    /// <summary>The quantisation asked for, such as "Q4_K_M"; null where the text named none.</summary>
    public string? Variant { get; }

    /// <summary>Whether <see cref="Revision"/> is a full commit hash, which never changes what it means.</summary>
    public bool IsCommit => IsCommitHash(Revision);

    /// <summary>The repository's folder in the store: "models--org--name".</summary>
    public string FolderName => StoreFolderName(RepositoryId);

    /// <summary>Reads <c>org/name[:variant][@revision]</c>, also behind the hub's own address: <c>hf.co/org/name</c>.</summary>
    /// <exception cref="HubException"><see cref="HubError.UnsafeName"/>: the text is no such name.</exception>
    public static ModelReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out var reason)
            ?? throw new HubException(HubError.UnsafeName, $"'{text}' is no model name: {reason}. Write org/name, org/name@revision or org/name:Q4_K_M.");
    }

    /// <summary>As <see cref="Parse"/>, without the exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelReference? reference)
    {
        reference = text is null ? null : Read(text, out _);
        return reference is not null;
    }

    /// <summary>The same model at another revision.</summary>
    public ModelReference At(string revision) =>
        RevisionFault(revision) is { } fault
            ? throw new HubException(HubError.UnsafeName, $"'{revision}' is no revision: {fault}.")
            : new ModelReference(RepositoryId, revision, Variant);

    /// <summary>40 lower-case hexadecimal digits.</summary>
    public static bool IsCommitHash(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>"models--org--name" for "org/name".</summary>
    public static string StoreFolderName(string repositoryId) => "models--" + repositoryId.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>The text that <see cref="Parse"/> reads back; the revision only where it is not "main".</summary>
    public override string ToString() =>
        RepositoryId + (Variant is null ? "" : ":" + Variant) + (Revision == "main" ? "" : "@" + Revision);

    private static ModelReference? Read(string text, out string reason)
    {
        var hub = Array.Find(HubAddresses, address => text.StartsWith(address, StringComparison.OrdinalIgnoreCase)) ?? "";
        text = text[hub.Length..];
        var (name, revision) = SplitAt(text, '@');
        (name, var variant) = SplitAt(name, ':');

        var fault = (text.Contains("://", StringComparison.Ordinal) ? "it is a web address" : null)
            ?? NameFault(name)
            ?? (revision is null ? null : RevisionFault(revision))
            ?? (variant is null || variant.Length is > 0 and <= 64 && variant.All(IsNameCharacter) ? null : "the variant is empty or holds odd characters");
        reason = fault ?? "";
        return fault is null ? new ModelReference(name, revision ?? "main", variant) : null;
    }

    private static (string Head, string? Tail) SplitAt(string text, char separator) =>
        text.IndexOf(separator) is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);

    /// <summary>The Hub's own rules for names; null where they hold.</summary>
    private static string? NameFault(string name)
    {
        var parts = name.Split('/');
        if (parts.Length > 2) return "it has more than one '/'";
        foreach (var part in parts)
        {
            if (part.Length is 0 or > LongestPart) return $"each part has 1 to {LongestPart} characters";
            if (!part.All(IsNameCharacter)) return "only letters, digits, '-', '_' and '.' are allowed";
            if (part[0] is '-' or '.' || part[^1] is '-' or '.') return "a part may not begin or end with '-' or '.'";
            if (part.Contains("--", StringComparison.Ordinal) || part.Contains("..", StringComparison.Ordinal)) return "'--' and '..' are not allowed";
        }
        return null;
    }

    private static string? RevisionFault(string revision) => revision switch
    {
        "" => "the revision is empty",
        { Length: > 200 } => "the revision is longer than 200 characters",
        _ when !revision.All(c => IsNameCharacter(c) || c is '/' or '+') => "the revision holds odd characters",
        _ when revision.Split('/').Any(part => part is "" or "." or ".." || part[^1] == '.') => "the revision's parts may not be empty, '.' or '..'",
        _ => null,
    };

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
