using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Tests.Engine.Models.Gguf;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Api.Local;

/// <summary>What a loaded model counts for, which is what a server's memory limit is held against: its weights, however they lie on the disk.</summary>
public sealed class LoadedByteCountTests : IDisposable
{
    private const int LayerTensors = 9, AllTensors = LayerTensors + 3;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("split")]
    [InlineData("folder")]
    public async Task Load_GgufModel_CountsItsWeightsWhereverTheyLie(string kind)
    {
        Assert.SkipWhen(kind == "link" && OperatingSystem.IsWindows(), "making links is a privilege there");
        var path = Write(kind);
        await using var service = new LocalExoService();

        var all = await service.LoadAsync(new LoadRequest { Model = path, ContextLength = 32 }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        var weights = ModelFiles.Open(path).Describe().ByteCount;
        Assert.True(weights > 4 * TinyGguf.Vocab * TinyGguf.Hidden * 2);
        Assert.Equal(weights, all[^1].Model!.ByteCount);
        Assert.Equal(weights, Assert.Single(all[^1].Model!.Shards).WeightByteCount);
    }

    private string Write(string kind)
    {
        switch (kind)
        {
            case "file":
                return _folder.Write("m.gguf", TinyGguf.Whole().ToArray());
            case "link":
                var blob = _folder.Write("blob", TinyGguf.Whole().ToArray());
                return File.CreateSymbolicLink(_folder.File("m.gguf"), blob).FullName;
            case "split":
                _folder.Write("m-00002-of-00002.gguf", Part(new GgufBytes(), 1).WithLayers(0, 1).ToArray());
                return _folder.Write("m-00001-of-00002.gguf", Part(TinyGguf.Keys().WithVocabulary(), 0).WithEmbedding().WithHead().ToArray());
            default:
                _folder.Write("m.gguf", TinyGguf.Whole().ToArray());
                return _folder.Path;
        }
    }

    private static GgufBytes Part(GgufBytes bytes, ushort number) => bytes.UInt16("split.no", number).UInt16("split.count", 2).UInt32("split.tensors.count", AllTensors);
}
