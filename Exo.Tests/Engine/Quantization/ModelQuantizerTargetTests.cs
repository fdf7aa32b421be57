using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models.Gguf;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Where a model must not be written to: over itself.</summary>
public sealed class ModelQuantizerTargetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("link.gguf", "blob")] // as the hub's cache has them
    [InlineData("blob", "link.gguf")]
    [InlineData("blob", "links/blob")]
    [InlineData("links/link.gguf", "blob")]
    [InlineData("twice.gguf", "links/blob")]
    public void Write_ToTheModelThroughALink_Refuses(string source, string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links is a privilege there");
        var bytes = TinyGguf.Whole().ToArray();
        _folder.Write("blob", bytes);
        File.CreateSymbolicLink(_folder.File("link.gguf"), "blob");
        File.CreateSymbolicLink(_folder.File("twice.gguf"), _folder.File("link.gguf"));
        Directory.CreateSymbolicLink(_folder.File("links"), _folder.Path);

        var refused = Assert.Throws<ArgumentException>(() => ModelQuantizer.Write(ModelFiles.Open(_folder.File(source)), DType.F16, _folder.File(target)));

        Assert.Contains("is the model itself", refused.Message);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.File("blob")));
    }

    [Fact]
    public void Write_ToAPartThatHoldsNoTensors_Refuses()
    {
        var first = _folder.Write("m-00001-of-00002.gguf", Part(TinyGguf.Keys().WithVocabulary(), 0).ToArray());
        var second = _folder.Write("m-00002-of-00002.gguf", Part(new GgufBytes(), 1).WithEmbedding().WithLayers(0, 1).WithHead().ToArray());
        var files = ModelFiles.Open(second);

        Assert.All([first, second], path => Assert.Throws<ArgumentException>(() => ModelQuantizer.Write(files, DType.F16, path)));
        ModelQuantizer.Write(files, DType.F16, _folder.File("m.gguf"));

        static GgufBytes Part(GgufBytes bytes, ushort number) => bytes.UInt16("split.no", number).UInt16("split.count", 2).UInt32("split.tensors.count", 12);
    }

    [Fact]
    public void AreSame_RingOfLinks_LeadsNowhereAndEnds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links is a privilege there");
        File.CreateSymbolicLink(_folder.File("a"), _folder.File("b"));
        File.CreateSymbolicLink(_folder.File("b"), _folder.File("a"));

        Assert.False(PhysicalPath.AreSame(_folder.File("a"), _folder.File("c")));
    }
}
