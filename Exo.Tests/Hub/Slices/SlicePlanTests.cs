using Exo.Hub.Slices;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Slices;

public sealed class SlicePlanTests
{
    [Fact]
    public void Plan_Of70BOverEightNodes_FetchesTheModelOnceInTotal()
    {
        var map = FakeModel.Llama70B.Map();
        var embedding = SlicePlan.Make(map, new LayerSlice(0, 0, WithEmbedding: true));
        var head = SlicePlan.Make(map, new LayerSlice(0, 0, WithHead: true));
        var layers = Enumerable.Range(0, 8).Select(node => SlicePlan.Make(map, new LayerSlice(node * 10, (node + 1) * 10))).ToArray();

        var modelBytes = map.Files.Sum(file => file.File.ByteCount);
        var total = layers.Append(embedding).Append(head).Sum(plan => plan.WantedByteCount);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"model {modelBytes / 1e9:0.000} GB; embedding {embedding.WantedByteCount / 1e9:0.000}, head {head.WantedByteCount / 1e9:0.000}, layers {string.Join(" ", layers.Select(plan => (plan.WantedByteCount / 1e9).ToString("0.000")))}; total / model {total / (double)modelBytes:0.000000}"));

        Assert.InRange(modelBytes, 141e9, 142e9);
        Assert.InRange(map.Files.Count, 29, 31);
        Assert.InRange(total, modelBytes, (long)(modelBytes * 1.02));
        Assert.Equal(128256L * 8192 * 2, embedding.TensorByteCount);
        Assert.Equal(128256L * 8192 * 2 + 8192 * 2, head.TensorByteCount);
    }

    [Fact]
    public void Plan_OfTiedModel_GivesTheEmbeddingsToBothEnds()
    {
        var map = (FakeModel.Llama70B with { Tied = true }).Map();
        var first = SlicePlan.Make(map, new LayerSlice(0, 40, WithEmbedding: true));
        var last = SlicePlan.Make(map, new LayerSlice(40, 80, WithHead: true));

        var embeddings = 128256L * 8192 * 2;
        Assert.True(map.HasTiedEmbeddings);
        Assert.Equal(map.TensorByteCount + embeddings, first.TensorByteCount + last.TensorByteCount);
    }

    [Fact]
    public void Plan_OfSomeLayers_CoversTheirTensorsAndAlmostNothingElse()
    {
        var map = (new FakeModel { Layers = 12, LargestFile = 200_000 }).Map();
        var plan = SlicePlan.Make(map, new LayerSlice(3, 5));

        foreach (var file in plan.Files)
        {
            var wanted = new RangeSet(file.Wanted);
            Assert.True(wanted.Contains(new ByteRange(0, file.File.HeaderByteCount)));
            foreach (var tensor in file.File.Tensors)
                if (tensor.Layer is 3 or 4) Assert.True(wanted.Contains(tensor.Range), tensor.Name);
                else Assert.True(wanted.MissingIn(tensor.Range).Sum(range => range.Length) > 0 || tensor.Range.Length < map.TensorByteCount * 0.02, tensor.Name);
        }
        var headers = map.Files.Sum(file => file.HeaderByteCount);
        Assert.InRange(plan.WantedByteCount, plan.TensorByteCount + headers, plan.TensorByteCount * 1.02 + headers);
    }

    [Fact]
    public void Plan_WithSmallGaps_ReadsOverThemWithinTwoPerCent()
    {
        // Stored by name, tensor by tensor of all layers: the small norms of layer 1 lie between wanted tensors.
        var tensors = new FakeModel { Layers = 2 }.Tensors.OrderBy(tensor => tensor.Name.Replace("layers.0", "layers.x").Replace("layers.1", "layers.x"), StringComparer.Ordinal).ToArray();
        var map = MapOf(FakeModel.Header(tensors), tensors.Sum(tensor => tensor.ByteCount));

        var plan = SlicePlan.Make(map, new LayerSlice(0, 1, WithEmbedding: true, WithHead: true));

        var needed = plan.TensorByteCount + map.Files[0].HeaderByteCount;
        Assert.InRange(plan.WantedByteCount, needed + 1, needed + (long)(plan.TensorByteCount * 0.02));
        Assert.True(plan.Files[0].Wanted.Count < map.Files[0].Tensors.Count(tensor => tensor.Layer == 0));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(3, 2)]
    [InlineData(0, 5)]
    public void Plan_OfLayersThatAreNotThere_SaysHowManyThereAre(int first, int end)
    {
        var failure = Assert.Throws<ArgumentException>(() => SlicePlan.Make(new FakeModel().Map(), new LayerSlice(first, end)));
        Assert.Contains("org/model has 4", failure.Message);
    }

    internal static WeightMap MapOf(byte[] header, long dataBytes)
    {
        var file = new Exo.Hub.Protocol.HubFile
        {
            Path = "model.safetensors", ByteCount = header.Length + dataBytes, Hash = Exo.Hub.Protocol.ContentHash.Parse(new string('a', 64)),
        };
        var model = new Exo.Hub.Protocol.HubModel { RepositoryId = "org/model", Commit = new string('c', 40) };
        return new WeightMap(model, [Exo.Hub.Slices.SafetensorsHeader.Read(file, header)], []);
    }
}
