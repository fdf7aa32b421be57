using System.Diagnostics.CodeAnalysis;
using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Slices;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub.Slices;

/// <summary>One machine with a slice store of its own, talking to a hub server.</summary>
internal sealed class SliceNode : IDisposable
{
    private readonly string _root;

    public SliceNode(string endpoint, Func<HubOptions, HubOptions>? change = null, string? folder = null)
    {
        _root = folder ?? Directory.CreateTempSubdirectory("exo-slices-").FullName;
        var options = new HubOptions
        {
            Endpoint = new Uri(endpoint),
            CacheFolder = Path.Combine(_root, "hub"),
            RangeByteCount = 64 << 10,
            StallTimeout = TimeSpan.FromMilliseconds(400),
            FirstBackOff = TimeSpan.FromMilliseconds(1),
            LongestBackOff = TimeSpan.FromMilliseconds(10),
            Patience = TimeSpan.FromSeconds(30),
            MaxAttempts = 12,
            FreeSpaceMargin = 0,
        };
        Options = change?.Invoke(options) ?? options;
        Puller = new Puller(Options);
        Slicer = new LayerSlicer(Puller, new SliceStore(SliceStore.DefaultFolder(Options)));
    }

    public HubOptions Options { get; }

    public Puller Puller { get; }

    public LayerSlicer Slicer { get; }

    public static ModelReference Model { get; } = ModelReference.Parse("org/model");

    public async Task<StoredSlice> FetchAsync(LayerSlice slice, ModelReference? model = null)
    {
        var map = await Slicer.MapAsync(model ?? Model);
        return await Slicer.Start(SlicePlan.Make(map, slice)).Completion.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>The same disk after the process was replaced.</summary>
    public SliceNode Restart(string endpoint, Func<HubOptions, HubOptions>? change = null)
    {
        Close();
        return new SliceNode(endpoint, change, _root);
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(_root, recursive: true);
    }

    private void Close()
    {
        Slicer.Dispose();
        Puller.Dispose();
    }
}

/// <summary>Holds slices on disk against the model they were cut from.</summary>
internal static class SliceAssert
{
    /// <summary>Every tensor of the slice has its bytes, every header is whole, and an ordinary reader maps the folder.</summary>
    public static void Holds(StoredSlice stored, FakeModel model, LayerSlice slice)
    {
        Assert.True(stored.Has(slice), $"{slice} is not ready");
        var served = model.Files().Where(file => file.Path.EndsWith(".safetensors", StringComparison.Ordinal)).ToDictionary(file => file.Path);
        var map = model.Map();
        foreach (var file in map.Files)
        {
            var path = Path.Combine(stored.Folder, file.File.Path);
            Assert.Equal(file.File.ByteCount, new FileInfo(path).Length);
            var wanted = file.Tensors.Where(tensor => slice.Wants(tensor, map.HasTiedEmbeddings)).Select(tensor => tensor.Range).Prepend(new ByteRange(0, file.HeaderByteCount));
            foreach (var range in wanted) Same(path, served[file.File.Path].Content, range);
        }
        using var reader = Exo.Engine.Weights.Safetensors.SafetensorsSource.Open(stored.Folder);
        Assert.Equal(model.Tensors.Count, reader.Names.Count);
    }

    public static void Same(string path, HubContent content, ByteRange range)
    {
        var expected = new byte[range.Length];
        content.Read(range.Start, expected);
        var actual = new byte[range.Length];
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(actual.Length, RandomAccess.Read(handle, actual, range.Start));
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{Path.GetFileName(path)} differs within {range}");
    }
}
