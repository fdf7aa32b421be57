using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;
using Exo.Tests.Engine.Reference;

namespace Exo.Tests.Engine.Weights;

public sealed class SafetensorsSourceTests
{
    private static readonly WrittenTensor[] Three =
    [
        WrittenTensor.Counting("a", "F32", [2, 3], 1),
        WrittenTensor.Counting("b", "F16", [4], 2),
        WrittenTensor.Counting("c", "BF16", [3, 1, 2], 3),
    ];

    [Fact]
    public void Find_EachType_GivesTheStoredBytesAndShape()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Three));
        using var source = SafetensorsSource.Open(folder.Path);

        Assert.Equal(["a", "b", "c"], source.Names.Order());
        Assert.Equal(24 + 8 + 12, source.ByteCount);
        Assert.Equal([1, 1.125, 1.25, 1.375, 1.5, 1.625], ReferenceTensors.Decode(source.Find("a")!));
        Assert.Equal([2, 2.125, 2.25, 2.375], ReferenceTensors.Decode(source.Find("b")!));
        Assert.Equal([3, 3.125, 3.25, 3.375, 3.5, 3.625], ReferenceTensors.Decode(source.Find("c")!));
        Assert.Equal((DType.F32, DType.F16, DType.BF16), (source.Find("a")!.Type, source.Find("b")!.Type, source.Find("c")!.Type));
        Assert.Equal([3, 1, 2], source.Find("c")!.Shape);
        Assert.Null(source.Find("A"));
        Assert.Equal(folder.File("model.safetensors"), source.FileOf("a"));
        Assert.Equal(folder.File("model.safetensors"), source.FileOf("none"));
    }

    [Fact]
    public void Open_FolderWithPickledWeights_SaysThatTheyAreNotRead()
    {
        using var folder = new TempFolder();
        folder.Write("pytorch_model.bin", "x");

        Assert.Contains("pytorch_model.bin is a pickle", Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path)).Message);
    }

    [Fact]
    public unsafe void Find_TheSameTensorTwice_PointsAtTheSameMapping()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Three));
        using var source = SafetensorsSource.Open(folder.Path);

        var (one, other) = (source.Find("b")!, source.Find("b")!);

        Assert.True(one.Data == other.Data, "a tensor is a view of the file, not a copy");
        Assert.True(source.Find("a")!.Data + 24 == one.Data);
    }

    [Fact]
    public void Find_AfterDispose_IsRefused()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Three));
        var source = SafetensorsSource.Open(folder.Path);
        source.Dispose();

        Assert.Throws<ObjectDisposedException>(() => source.Find("a"));
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("I64", 8)]
    [InlineData("U8", 1)]
    [InlineData("BOOL", 1)]
    [InlineData("F8_E4M3", 1)]
    [InlineData("F8_E5M2", 1)]
    public void Find_TypeTheEngineDoesNotRun_FailsOnlyWhenAskedFor(string type, int byteCount)
    {
        using var folder = new TempFolder();
        var path = folder.Write("model.safetensors", SafetensorsBytes.Of(new WrittenTensor("odd", type, [2], new byte[2 * byteCount]), Three[0]));
        using var source = SafetensorsSource.Open(folder.Path);

        Assert.NotNull(source.Find("a"));
        Assert.Contains("odd", source.Names);
        var problem = Assert.Throws<InvalidModelException>(() => source.Find("odd"));
        Assert.Equal((path, "odd"), (problem.File, problem.Part));
        Assert.Contains(type, problem.Message);
    }

    [Fact]
    public void Open_ShardedFiles_FindsEachTensorInItsFile()
    {
        using var folder = new TempFolder();
        folder.Write("one.safetensors", SafetensorsBytes.Of(Three[0], Three[1]));
        folder.Write("two.safetensors", SafetensorsBytes.Of(Three[2]));
        WriteIndex(folder, ("a", "one.safetensors"), ("b", "one.safetensors"), ("c", "two.safetensors"));
        using var source = SafetensorsSource.Open(folder.Path);

        Assert.Equal(["a", "b", "c"], source.Names.Order());
        Assert.Equal(44, source.ByteCount);
        Assert.Equal([3, 3.125, 3.25, 3.375, 3.5, 3.625], ReferenceTensors.Decode(source.Find("c")!));
        Assert.Equal(folder.File("two.safetensors"), source.FileOf("c"));
        Assert.Equal(folder.File("model.safetensors.index.json"), source.FileOf("none"));
    }

    [Fact]
    public void Open_SingleFileBesideAnIndex_TakesTheFile()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Three[0]));
        WriteIndex(folder, ("c", "missing.safetensors"));
        using var source = SafetensorsSource.Open(folder.Path);

        Assert.Equal(["a"], source.Names);
    }

    [Theory]
    [InlineData("c", "missing.safetensors", "missing")]
    [InlineData("d", "one.safetensors", "not in one.safetensors")]
    [InlineData("c", "../one.safetensors", "plain name")]
    [InlineData("c", "/etc/passwd", "plain name")]
    [InlineData("c", "sub/one.safetensors", "plain name")]
    [InlineData("c", "sub\\one.safetensors", "plain name")]
    [InlineData("c", "C:one.safetensors", "plain name")]
    [InlineData("c", "..", "plain name")]
    [InlineData("c", "", "plain name")]
    public void Open_IndexThatNamesWhatIsNotThere_NamesIndexAndTensor(string tensor, string file, string word)
    {
        using var folder = new TempFolder();
        folder.Write("one.safetensors", SafetensorsBytes.Of(Three[0]));
        WriteIndex(folder, ("a", "one.safetensors"), (tensor, file));

        var problem = Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path));

        Assert.Equal((folder.File("model.safetensors.index.json"), tensor), (problem.File, problem.Part));
        Assert.Contains(word, problem.Message);
    }

    [Theory]
    [InlineData("""{"metadata":{}}""", "weight_map")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "weight_map")]
    [InlineData("""{"weight_map":{"a":1}}""", "a")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "a")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"}""", null)]
    [InlineData("""{"weight_map":{}} {}""", null)]
    [InlineData("""[]""", null)]
    public void Open_IndexThatIsMalformed_NamesThePart(string index, string? part)
    {
        using var folder = new TempFolder();
        folder.Write("one.safetensors", SafetensorsBytes.Of(Three[0]));
        var path = folder.Write("model.safetensors.index.json", index);

        var problem = Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path));

        Assert.Equal((path, part), (problem.File, problem.Part));
    }

    [Fact]
    public void Open_FolderWithoutWeights_SaysWhatItLooksFor()
    {
        using var folder = new TempFolder();

        Assert.Contains("model.safetensors.index.json", Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path)).Message);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(1000UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x7FFF_FFFF_FFFF_FFFFUL)]
    public void Open_HeaderLengthThatLies_IsRefused(ulong claimed)
    {
        using var folder = new TempFolder();
        var right = SafetensorsBytes.Of(Three);
        folder.Write("model.safetensors", SafetensorsBytes.WithHeader(right[8..], [], claimed));

        Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path));
    }

    [Fact]
    public void Open_FileCutShortAnywhere_IsRefused()
    {
        using var folder = new TempFolder();
        var right = SafetensorsBytes.Of(Three);
        for (var length = 0; length < right.Length; length++)
        {
            folder.Write("model.safetensors", right[..length]);
            Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path));
        }

        folder.Write("model.safetensors", [.. right, 0]);
        Assert.Throws<InvalidModelException>(() => SafetensorsSource.Open(folder.Path));
    }

    [Fact]
    public unsafe void Find_BeyondFourGibibytes_GivesTheStoredBytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs files whose holes take no disk");
        using var folder = new TempFolder();
        const long Large = 4L << 30;
        var header = $$$"""{"large":{"dtype":"F32","shape":[4,268435456],"data_offsets":[0,{{{Large}}}]},"last":{"dtype":"F32","shape":[2],"data_offsets":[{{{Large}}},{{{Large + 8}}}]}}""";
        using (var file = File.Create(folder.File("model.safetensors")))
        {
            file.Write(SafetensorsBytes.WithHeader(header, []));
            file.Seek(Large, SeekOrigin.Current);
            file.Write(WrittenTensor.Encode("F32", [3, 5]));
        }

        using var source = SafetensorsSource.Open(folder.Path);

        Assert.Equal(Large + 8, source.ByteCount);
        Assert.Equal([3, 5], ReferenceTensors.Decode(source.Find("last")!));
        Assert.True(source.Find("large")!.Data + Large == source.Find("last")!.Data);
    }

    private static void WriteIndex(TempFolder folder, params (string Tensor, string File)[] entries) => folder.Write(
        "model.safetensors.index.json",
        JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = entries.ToDictionary(entry => entry.Tensor, entry => entry.File) }));
}
