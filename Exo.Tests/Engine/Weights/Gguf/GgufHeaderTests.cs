using Exo.Engine;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Weights.Gguf;

/// <summary>Headers right and wrong.</summary>
public sealed class GgufHeaderTests
{
    private const string Path = "model.gguf";

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Parse_RightHeader_GivesValuesAndPlaces(uint version)
    {
        var bytes = new GgufBytes { Version = version }.Text("name", "näme").UInt32("count", 7).Float("rate", 0.5f).Flag("on", true).Texts("list", "a", "", "ü")
            .Integers("whole", -1, 5).Floats("one", 3, 5).Tensor("two", [2, 64], 8, new byte[4 * 34]).ToArray();

        var header = GgufHeader.Parse(Path, bytes, bytes.Length);

        Assert.Equal(("näme", 7L, 0.5, true), (header.Metadata.Text("name"), header.Metadata.Number("count"), header.Metadata.Real("rate"), header.Metadata.Flag("on")));
        Assert.Equal([-1, 5], header.Metadata.Integers("whole")!);
        Assert.Equal("ü"u8, header.Metadata.Strings("list")![2]);
        var (one, two) = (header.Tensors[0], header.Tensors[1]);
        Assert.Equal((DType.F32, 60L, 0L), (one.Type, one.ByteCount, one.Start % 32));
        Assert.Equal([3, 5], one.Shape);
        Assert.Equal((DType.Q8_0, 136L, one.Start + 64), (two.Type, two.ByteCount, two.Start));
        Assert.Equal(bytes.Length, header.FileByteCount);
    }

    [Fact]
    public void Parse_WrongMagicOrVersion_Refuses()
    {
        Refuses("no GGUF", new GgufBytes { Magic = "GGML" });
        Refuses("version 1", new GgufBytes { Version = 1 });
        Refuses("big-endian", new GgufBytes { Version = 3u << 24 });
    }

    [Fact]
    public void Parse_CountsBeyondTheFile_Refuses()
    {
        Refuses("the tensors", new GgufBytes { TensorCount = ulong.MaxValue }.Text("a", "b"));
        Refuses("the key-values", new GgufBytes { ValueCount = 1UL << 60 }.Text("a", "b"));
        Refuses("ends within the header", new GgufBytes().Value("a", 8, w => w.Write(1UL << 33)));
        Refuses("claims", new GgufBytes().Value("a", 9, w => { w.Write(5u); w.Write(1UL << 40); }));
    }

    [Fact]
    public void Parse_BadValues_Refuses()
    {
        Refuses("stands twice", new GgufBytes().Text("a", "b").Text("a", "c"));
        Refuses("true or false", new GgufBytes().Value("a", 7, w => w.Write((byte)2)));
        Refuses("type 13", new GgufBytes().Value("a", 13, w => w.Write(0UL)));
        Refuses("list of lists", new GgufBytes().Value("a", 9, w => { w.Write(9u); w.Write(1UL); }));
        Refuses("power of two", new GgufBytes().UInt32("general.alignment", 24));
        Refuses("power of two", new GgufBytes().UInt32("general.alignment", 0));
    }

    [Fact]
    public void Parse_BadTensors_Refuses()
    {
        Refuses("stands twice", new GgufBytes().Floats("a", 1).Floats("a", 1));
        Refuses("dimensions", new GgufBytes().Tensor("a", [1, 1, 1, 1, 1], 0, new byte[4]));
        Refuses("ggml type 99", new GgufBytes().Tensor("a", [1], 99, new byte[4]));
        Refuses("no multiple", new GgufBytes().Tensor("a", [2, 33], 8, new byte[68]));
        Refuses("more elements", new GgufBytes().Tensor("a", [1L << 40, 1L << 40], 0, new byte[4]));
        Refuses("beyond all measure", new GgufBytes().Tensor("a", [-1], 0, new byte[4]));
        Refuses("beyond the file's end", new GgufBytes().Tensor("a", [9], 0, new byte[4]));
        Refuses("no multiple of 32", new GgufBytes().Tensor("a", [1], 0, new byte[64], offset: 4));
        Refuses("overlaps", new GgufBytes().Floats("a", 16).Tensor("b", [16], 0, new byte[64], offset: 32));
        Refuses("larger than any file", new GgufBytes().Tensor("a", [1], 0, new byte[4], offset: -32));
    }

    private static void Refuses(string problem, GgufBytes bytes)
    {
        var array = bytes.ToArray();
        var refusal = Assert.Throws<InvalidModelException>(() => GgufHeader.Parse(Path, array, array.Length));
        Assert.Contains(problem, refusal.Message);
        Assert.Equal(Path, refusal.File);
    }
}
