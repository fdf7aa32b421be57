using System.Text;
using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Api.Mirror;

/// <summary>A store in the Hugging Face cache layout, written by hand as the Python tools leave it.</summary>
internal sealed class MirrorStore : IDisposable
{
    public const string Repo = "org/model";
    public static readonly string Commit = new('c', 40);

    private readonly string _root = Directory.CreateTempSubdirectory("exo-mirror-").FullName;

    public MirrorStore()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "refs"));
        File.WriteAllText(Path.Combine(Folder, "refs", "main"), Commit);
        // Outside of the store, and what nobody may ever read.
        File.WriteAllText(Path.Combine(_root, "secret.txt"), Secret);
    }

    public static string Secret => "the secret";

    public HubOptions Options => new() { CacheFolder = Path.Combine(_root, "hub") };

    public string Folder => Path.Combine(_root, "hub", "models--org--model");

    public string Root => _root;

    public string Snapshot => Path.Combine(Folder, "snapshots", Commit);

    /// <summary>A model with a small file, one in a folder, and a large one.</summary>
    public MirrorStore Fill()
    {
        Add(HubServerFixture.Text("config.json", """{"a":1}"""));
        Add(HubServerFixture.Text("sub/two words.txt", "hello"));
        Add(HubServerFixture.Large());
        return this;
    }

    public void Add(ServedFile file)
    {
        var blob = Path.Combine(Folder, "blobs", file.ETag);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes(blob, file.Content.ToArray());
        Link(file.Path, blob);
    }

    public void Link(string path, string target)
    {
        var pointer = Path.Combine(Snapshot, path);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        File.CreateSymbolicLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, target));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
