using Exo.Hub;
using Exo.Hub.Store;

namespace Exo.Api.Local;

/// <summary>
/// Finds the model that a name means: a sample that was shipped with the program, a folder or file, or one in the store. The name
/// of a sample wins over a folder of that name; "./name" is always the folder. Asks no server.
/// </summary>
internal sealed class ModelResolver(string samplesFolder, Lazy<HubCache> cache)
{
    /// <exception cref="ExoException">There is none, or it has to be fetched first.</exception>
    public ResolvedModel Resolve(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ExoException(ExoErrorKind.BadRequest, "the model's name is empty");
        if (FindSample(name) is { } sample) return new ResolvedModel(name, sample, null);
        var path = ExpandHome(name);
        if (Directory.Exists(path) || File.Exists(path)) return new ResolvedModel(name, Path.GetFullPath(path), null);
        if (IsPath(name)) throw new ExoException(ExoErrorKind.ModelNotFound, $"there is no folder or file {name}");
        return FindPulled(name);
    }

    /// <summary>The reference of a name that stands for one on the hub.</summary>
    /// <exception cref="ExoException">It stands for something else, or for nothing.</exception>
    public ModelReference ReferenceOf(string name)
    {
        if (FindSample(name) is not null) throw new ExoException(ExoErrorKind.BadRequest, $"{name} came with the program: there is nothing to fetch, check or remove");
        if (name.Length == 0 || IsPath(name)) throw new ExoException(ExoErrorKind.BadRequest, $"'{name}' is no name of a model on the hub: those are org/name or org/name@revision");
        try
        {
            return ModelReference.Parse(name);
        }
        catch (HubException wrong)
        {
            throw new ExoException(ExoErrorKind.BadRequest, wrong.Message, wrong);
        }
    }

    /// <summary>What a removal under this name takes.</summary>
    /// <exception cref="ExoException">It is a sample's name, a path, or none.</exception>
    public RemovalScope ScopeOf(string name) => ScopeOf(name, reference => reference.IsCommit ? reference.Revision : cache.Value.Find(reference)?.Commit);

    /// <summary>What a removal under this name takes where models lie elsewhere too.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="commitHere">The commit that is here under a reference's name; null where nothing is.</param>
    /// <exception cref="ExoException">It is a sample's name, a path, or none.</exception>
    public RemovalScope ScopeOf(string name, Func<ModelReference, string?> commitHere)
    {
        var (reference, allRevisions) = (ReferenceOf(name), !name.Contains('@'));
        return new RemovalScope(reference, allRevisions, allRevisions ? null : commitHere(reference));
    }

    /// <summary>The name is one of a model that came with the program.</summary>
    public bool IsSample(string name) => FindSample(name) is not null;

    /// <summary>The samples' names and folders.</summary>
    public IEnumerable<(string Name, string Path)> Samples() => Directory.Exists(samplesFolder)
        ? Directory.EnumerateDirectories(samplesFolder).Order(StringComparer.Ordinal).Select(folder => (Path.GetFileName(folder), folder))
        : [];

    private ResolvedModel FindPulled(string name)
    {
        if (!ModelReference.TryParse(name, out var reference)) throw NotFound(name);
        if (cache.Value.Find(reference) is { } stored) return new ResolvedModel(name, PathOf(stored, reference), reference, stored.Commit);
        if (!reference.RepositoryId.Contains('/')) throw NotFound(name);
        throw new ExoException(ExoErrorKind.ModelNotPulled, $"{name} is not here, or not all of it: 'exo pull {name}' fetches it");
    }

    /// <summary>What to open of a stored model: the quantisation that was asked for, or the folder; also the folder where neither is all here, which opening it then tells.</summary>
    internal static string PathOf(Hub.Store.StoredModel stored, ModelReference reference) => stored.PathOf(reference.Variant) ?? stored.SnapshotFolder;

    private string? FindSample(string name)
    {
        if (name.Length == 0 || name.AsSpan().IndexOfAny('/', '\\', '.') >= 0) return null;
        var folder = Path.Combine(samplesFolder, name);
        return Directory.Exists(folder) ? folder : null;
    }

    private ExoException NotFound(string name)
    {
        var samples = string.Join(", ", Samples().Select(sample => sample.Name));
        return new ExoException(
            ExoErrorKind.ModelNotFound,
            $"there is no model {name}: it is no folder here{(samples.Length > 0 ? $", no sample ({samples})" : "")}, and models on the hub are named org/name");
    }

    internal static bool IsPath(string name) =>
        name[0] is '.' or '/' or '~' || Path.IsPathRooted(name) || name.Contains('\\') || name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || name.EndsWith('/');

    internal static string ExpandHome(string path) =>
        path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..]) : path;
}
