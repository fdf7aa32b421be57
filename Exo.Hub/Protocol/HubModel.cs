namespace Exo.Hub.Protocol;

/// <summary>A model repository at one commit, as the hub describes it.</summary>
public sealed record HubModel
{
    /// <summary>"org/name" as the hub spells it today; differs from the asked one after a renaming.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The commit that the asked revision means now: 40 hexadecimal digits.</summary>
    public required string Commit { get; init; }
}

/// <summary>One file of a repository at one commit.</summary>
public sealed record HubFile
{
    /// <summary>The path inside the repository, '/' between its parts. Checked: never leads outside a snapshot folder.</summary>
    public required string Path { get; init; }

    /// <summary>The file's whole size in bytes.</summary>
    public required long ByteCount { get; init; }

    /// <summary>What the bytes must hash to; also the blob's name in the store.</summary>
    public required ContentHash Hash { get; init; }
}
