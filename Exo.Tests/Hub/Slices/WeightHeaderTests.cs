using System.Buffers.Binary;
using System.Text;
using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Slices;
using Exo.Hub.Transfer;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Hub.Slices;

public sealed class WeightHeaderTests
{
    [Fact]
    public void Safetensors_Header_TellsWhereTensorsLie()
    {
        var header = FakeModel.Header([("b.weight", 10), ("a.weight", 6)]);

        var read = SafetensorsHeader.Read(FileOf(header.Length + 16), header);

        Assert.Equal(header.Length, SafetensorsHeader.ByteCount(FileOf(header.Length + 16), header));
        Assert.Equal([("b.weight", new ByteRange(header.Length, 10)), ("a.weight", new ByteRange(header.Length + 10, 6))], read.Tensors.Select(t => (t.Name, t.Range)));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001)]
    [InlineData(1000)]
    public void Safetensors_AbsurdLength_IsRefusedBeforeItIsRead(ulong length)
    {
        var start = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(start, length);
        var failure = Assert.Throws<HubException>(() => SafetensorsHeader.ByteCount(FileOf(1000), start));
        Assert.Equal(HubError.BadAnswer, failure.Error);
    }

    [Theory]
    [InlineData("""[1]""", "another shape")]
    [InlineData("""{"a":{"dtype":"F32"}}""", "does not say where 'a'")]
    [InlineData("""{"a":{"data_offsets":[0,17]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[-1,4]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[4,0]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[0,4,8]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[0,1e99]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[0,9223372036854775807]}}""", "outside")]
    [InlineData("""{"a":{"data_offsets":[0,8]},"b":{"data_offsets":[7,9]}}""", "overlap")]
    [InlineData("""{"a":{"data_offsets":[0,8]},"a":{"data_offsets":[8,9]}}""", "twice")]
    [InlineData("""{"a":{"data_offsets":[0,8],"data_offsets":[8,9]}}""", "two places")]
    [InlineData("""{"a":""", "no JSON")]
    [InlineData("""{} {}""", "no JSON")]
    public void Safetensors_BadHeader_SaysWhatIsWrong(string json, string what)
    {
        var header = FakeModel.Header(json);
        var failure = Assert.Throws<HubException>(() => SafetensorsHeader.Read(FileOf(header.Length + 16), header));
        Assert.Equal(HubError.BadAnswer, failure.Error);
        Assert.Contains(what, failure.Message);
    }

    [Fact]
    public void Safetensors_AnyDamage_IsRefusedOrReadsInsideTheFile()
    {
        var header = FakeModel.Header(new FakeModel { Layers = 1 }.Tensors);
        var size = header.Length + new FakeModel { Layers = 1 }.Tensors.Sum(tensor => tensor.ByteCount);
        Prop.ForAll(ArbMap.Default.ArbFor<(int At, byte Value)[]>(), damage =>
        {
            var bytes = header.ToArray();
            foreach (var (at, value) in damage) bytes[8 + Math.Abs(at * 7919L % (bytes.Length - 8))] = value;
            InsideOrRefused(() => SafetensorsHeader.Read(FileOf(size), bytes), size);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Gguf_Header_TellsWhereTensorsLie()
    {
        var header = Gguf([("token_embd.weight", 0), ("blk.0.attn_q.weight", 64), ("output.weight", 160)]);

        var read = GgufHeader.Read(FileOf(header.Length + 200), header)!;

        Assert.Equal(header.Length, read.HeaderByteCount);
        Assert.Equal([(0L, 64L), (64L, 96L), (160L, 40L)], read.Tensors.Select(t => (t.Range.Start - header.Length, t.Range.Length)));
        Assert.Equal(0, read.Tensors[1].Layer);
    }

    [Fact]
    public void Gguf_CutAnywhere_AsksForMore()
    {
        var header = Gguf([("token_embd.weight", 0), ("blk.0.attn_q.weight", 64)]);
        for (var length = 0; length < header.Length - 32; length++) // The padding before the data need not be there.
            Assert.Null(GgufHeader.Read(FileOf(header.Length + 100), header.AsSpan(0, length)));
    }

    [Fact]
    public void Gguf_AnyDamage_IsRefusedOrReadsInsideTheFile()
    {
        var header = Gguf([("token_embd.weight", 0), ("blk.0.attn_q.weight", 64), ("output.weight", 160)]);
        Prop.ForAll(ArbMap.Default.ArbFor<(int At, byte Value)[]>(), damage =>
        {
            var bytes = header.ToArray();
            foreach (var (at, value) in damage) bytes[Math.Abs(at * 7919L % bytes.Length)] = value;
            InsideOrRefused(() => GgufHeader.Read(FileOf(header.Length + 200), bytes), header.Length + 200);
        }).QuickCheckThrowOnFailure();
    }

    private static void InsideOrRefused(Func<WeightFile?> read, long size)
    {
        try
        {
            foreach (var tensor in read()?.Tensors ?? [])
                Assert.True(tensor.Range.Start >= 0 && tensor.Range.Length >= 0 && tensor.Range.End <= size);
        }
        catch (HubException refused)
        {
            Assert.Equal(HubError.BadAnswer, refused.Error);
        }
    }

    /// <summary>Version 3 with a text, a list of texts and a list of numbers before the tensors, padded to 32 bytes.</summary>
    internal static byte[] Gguf((string Name, ulong Offset)[] tensors)
    {
        var bytes = new MemoryStream();
        var writer = new BinaryWriter(bytes);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Length);
        writer.Write(4UL);
        Text("general.architecture"); writer.Write(8u); Text("llama");
        Text("tokenizer.ggml.tokens"); writer.Write(9u); writer.Write(8u); writer.Write(2UL); Text("a"); Text("b");
        Text("tokenizer.ggml.scores"); writer.Write(9u); writer.Write(6u); writer.Write(2UL); writer.Write(1f); writer.Write(2f);
        Text("general.alignment"); writer.Write(4u); writer.Write(32u);
        foreach (var (name, offset) in tensors)
        {
            Text(name); writer.Write(1u); writer.Write(16UL); writer.Write(0u); writer.Write(offset);
        }
        bytes.SetLength((bytes.Length + 31) / 32 * 32);
        return bytes.ToArray();
    }

    private static HubFile FileOf(long byteCount) => new() { Path = "model.safetensors", ByteCount = byteCount, Hash = ContentHash.Parse(new string('a', 64)) };
}
