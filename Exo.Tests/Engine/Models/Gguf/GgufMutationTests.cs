using System.Buffers.Binary;
using System.Diagnostics;
using Exo.Engine;
using Exo.Engine.Models;
using Exo.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Models.Gguf;

/// <summary>Spoiled GGUF files: an answer or a clear refusal, soon, within bounds of memory.</summary>
public sealed class GgufMutationTests
{
    private const int Count = 5000;

    private const long MaxAllocation = 256L << 20;

    private static readonly ulong[] Hostile =
        [0, 1, 2, 31, 255, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 31];

    [Fact]
    public void Open_SpoiledFiles_AnswersOrRefuses()
    {
        using var folder = new TempFolder();
        var right = TinyGguf.Whole().ToArray();
        var headerEnd = (int)GgufHeader.Parse("m.gguf", right, right.Length).Tensors.Min(tensor => tensor.Start); // spoiled weights are no wrong header
        int accepted = 0, refused = 0;
        for (var seed = 0; seed < Count; seed++)
        {
            var path = folder.Write("m.gguf", Spoil(right, headerEnd, seed));
            var (allocated, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            try
            {
                Use(path);
                accepted++;
            }
            catch (InvalidModelException problem)
            {
                Assert.StartsWith(path, problem.Message);
                Assert.DoesNotContain('\n', problem.Message);
                refused++;
            }
            catch (Exception crash) when (crash is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {seed}: {crash}");
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MaxAllocation, $"seed {seed} allocated {GC.GetAllocatedBytesForCurrentThread() - allocated} bytes");
            // Generous: a machine may be busy, but a few kilobytes that take this long hang.
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"seed {seed} took {clock.Elapsed}");
        }
        // Were nearly all refused, or hardly any, the spoiling would test nothing.
        Assert.InRange(accepted, Count / 100, Count);
        Assert.InRange(refused, Count / 10, Count);
    }

    /// <summary>Everything that reads a header, and the first and last byte of every tensor.</summary>
    private static unsafe void Use(string path)
    {
        var files = ModelFiles.Open(path);
        using var source = files.OpenWeights();
        var sum = 0;
        foreach (var tensor in files.LoadShard(source, LayerRange.All(files.Spec)).Tensors())
            if (tensor.ByteCount > 0) sum += tensor.Data[0] + tensor.Data[tensor.ByteCount - 1];
        if (files.HasTokenizer) files.Tokenizer.Decode(files.Tokenizer.Encode("abba</s>" + sum));
    }

    private static byte[] Spoil(byte[] right, int headerEnd, int seed)
    {
        var random = new Random(seed);
        if (seed % 5 == 0) return Mutation.Spoil(right, seed);
        var bytes = (byte[])right.Clone();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(4, headerEnd - 8);
            switch (random.Next(4))
            {
                case 0:
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), Hostile[random.Next(Hostile.Length)]);
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)Hostile[random.Next(Hostile.Length)]);
                    break;
                case 2:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return random.Next(10) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }
}
