using Exo.Engine.Models;

namespace Exo.Grains.Nodes;

/// <summary>
/// The models' small files, opened once per path: a large vocabulary takes most of a second to read, which a deployment that replaces a lost one
/// must not wait for. The last few are kept. One per process; thread-safe.
/// </summary>
internal sealed class OpenModels
{
    private const int MostModels = 8;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _models = new();

    /// <summary>Opens a model, or finds it open. Weights are not opened.</summary>
    /// <exception cref="Engine.InvalidModelException">A file is not what it must be.</exception>
    public ModelFiles Open(string path)
    {
        var stamp = Stamp(path);
        lock (_lock)
        {
            for (var node = _models.First; node is not null; node = node.Next)
            {
                if (node.Value.Path != path || node.Value.Stamp != stamp) continue;
                _models.Remove(node);
                _models.AddFirst(node);
                return node.Value.Files;
            }
        }

        var files = ModelFiles.Open(path);
        lock (_lock)
        {
            _models.AddFirst(new Entry(path, stamp, files));
            if (_models.Count > MostModels) _models.RemoveLast();
        }

        return files;
    }

    /// <summary>A model that was fetched anew under the same path is another one.</summary>
    private static DateTime Stamp(string path) => Directory.Exists(path) ? Directory.GetLastWriteTimeUtc(path) : File.GetLastWriteTimeUtc(path);

    private sealed record Entry(string Path, DateTime Stamp, ModelFiles Files);
}
