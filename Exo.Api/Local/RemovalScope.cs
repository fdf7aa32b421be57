using Exo.Hub;

namespace Exo.Api.Local;

/// <summary>What a removal takes: all revisions of a repository or one, all quantisations or one. Pure.</summary>
/// <param name="Reference">The name that was given.</param>
/// <param name="AllRevisions">The name has no revision.</param>
/// <param name="Commit">What its revision means here; null where that is unknown, or all of them are meant.</param>
internal sealed record RemovalScope(ModelReference Reference, bool AllRevisions, string? Commit)
{
    /// <summary>Whether another name's files would go too.</summary>
    /// <param name="other">The name.</param>
    /// <param name="commit">The commit that it runs or fetches; null where that is not known yet.</param>
    public bool Touches(ModelReference other, string? commit) =>
        other.RepositoryId.Equals(Reference.RepositoryId, StringComparison.OrdinalIgnoreCase)
        && (Reference.Variant is null || other.Variant is null || other.Variant.Equals(Reference.Variant, StringComparison.OrdinalIgnoreCase))
        && (AllRevisions || other.Revision == Reference.Revision || (commit is not null && commit == Commit));
}
