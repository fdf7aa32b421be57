namespace Exo.Hub.Pulls;

/// <summary>Which files of a model are wanted, and how urgently.</summary>
public sealed record PullOptions
{
    /// <summary>Globs of files to take (<c>*</c> within a part, <c>**</c> over parts; one without '/' matches the file's name anywhere). Empty: the files a model needs.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Globs of files to leave out, after <see cref="Include"/>.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Take every file, also formats that double others. Default false.</summary>
    public bool AllFormats { get; init; }

    /// <summary>Higher goes first where pulls compete for connections. Default 0.</summary>
    public int Priority { get; init; }
}
