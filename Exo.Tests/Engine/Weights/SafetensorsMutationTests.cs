using System.Buffers.Binary;
using System.Text;
using Exo.Engine;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Tests.Engine.Weights;

/// <summary>Spoiled files: an error or a source whose every tensor lies inside its file.</summary>
public sealed class SafetensorsMutationTests
{
    /// <summary>The files have 2 kB. Exceptions take 20 to 400 kB the first time they are thrown; a size believed unchecked would take far more.</summary>
    private const long MaxAllocation = 2_000_000;

    private static readonly WrittenTensor[] Tensors =
        [.. Enumerable.Range(0, 12).Select(i => WrittenTensor.Counting($"model.layers.{i}.weight", i % 3 == 0 ? "F32" : i % 3 == 1 ? "F16" : "BF16", [2, i + 1]))];

    [Fact]
    public void Open_SpoiledHeaders_GiveAnErrorOrASourceInBounds()
    {
        using var folder = new TempFolder();
        var right = SafetensorsBytes.Of(Tensors);
        var headerEnd = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(right);

        // The length is put right again, so that the JSON is what is tried.
        var accepted = Mutation.Survive(right[8..headerEnd], 600, MaxAllocation, header => ReadAll(folder, SafetensorsBytes.WithHeader(header, right[headerEnd..])));

        // Names may be spoiled without harm: not every copy is refused, and few pass.
        Assert.InRange(accepted, 1, 200);
    }

    [Fact]
    public void Open_SpoiledFiles_GiveAnErrorOrASourceInBounds()
    {
        using var folder = new TempFolder();

        Mutation.Survive(SafetensorsBytes.Of(Tensors), 300, MaxAllocation, bytes => ReadAll(folder, bytes));
    }

    [Fact]
    public void Open_SpoiledIndexes_GiveAnErrorOrASourceInBounds()
    {
        using var folder = new TempFolder();
        folder.Write("one.safetensors", SafetensorsBytes.Of(Tensors[..6]));
        folder.Write("two.safetensors", SafetensorsBytes.Of(Tensors[6..]));
        var map = string.Join(",", Tensors.Select((tensor, i) => $"\"{tensor.Name}\":\"{(i < 6 ? "one" : "two")}.safetensors\""));
        var right = Encoding.UTF8.GetBytes("{\"metadata\":{\"total_size\":444},\"weight_map\":{" + map + "}}");

        Mutation.Survive(right, 300, MaxAllocation, bytes =>
        {
            folder.Write("model.safetensors.index.json", bytes);
            using var source = SafetensorsSource.Open(folder.Path);
            TouchAll(source);
        });
    }

    private static void ReadAll(TempFolder folder, byte[] bytes)
    {
        folder.Write("model.safetensors", bytes);
        using var source = SafetensorsSource.Open(folder.Path);
        TouchAll(source);
        Assert.True(source.ByteCount <= bytes.Length);
    }

    private static unsafe void TouchAll(SafetensorsSource source)
    {
        foreach (var name in source.Names)
        {
            Tensor? tensor;
            try
            {
                tensor = source.Find(name);
            }
            catch (InvalidModelException)
            {
                continue; // a spoiled type that exists but is not run
            }

            if (tensor is { ByteCount: > 0 }) Assert.True(tensor.Data[0] + tensor.Data[tensor.ByteCount - 1] >= 0);
        }
    }
}
