using System.Runtime.InteropServices;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu;
using Exo.Tests.Engine.Models;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Weights that are quantized while they load have the bits of a quantized copy, and there is no such copy.</summary>
public sealed class QuantizedLoadTests
{
    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_0)]
    [InlineData(DType.Q4_K)]
    [InlineData(DType.Q6_K)]
    public unsafe void Load_RowsMadeAsTheyAreRead_PacksTheBitsOfACopy(DType type)
    {
        const int Rows = 203; // more than one item, and a part of a group at the end
        const int Columns = 512;
        var values = RandomFloats.Normal(Rows * Columns, 3);
        var rowByteCount = (int)type.ByteCount(Columns);
        var copy = new byte[Rows * rowByteCount];
        for (var row = 0; row < Rows; row++) RowEncoder.Encode(values.AsSpan(row * Columns, Columns), type, copy.AsSpan(row * rowByteCount, rowByteCount));
        fixed (float* data = values)
        fixed (byte* copied = copy)
        {
            var made = new Tensor(new QuantizedRows(new Tensor("w", DType.F32, [Rows, Columns], (byte*)data), type), type);
            var expected = Multiply(new Tensor("w", type, [Rows, Columns], copied), threads: 1);

            Assert.Equal(expected, Multiply(made, threads: 1));
            Assert.Equal(expected, Multiply(made, threads: 3));
        }
    }

    [Theory]
    [InlineData(DType.Q8_0, "true")]
    [InlineData(DType.Q8_0, "false")]
    [InlineData(DType.Q4_K, "true")]
    [InlineData(DType.Q4_K, "false")]
    public void Forward_QuantizedOnLoad_GivesTheBitsOfAQuantizedCopy(DType type, string tied)
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config("llama", ("hidden_size", "256"), ("intermediate_size", "256"), ("head_dim", "64"), ("tie_word_embeddings", tied)), "BF16");
        var files = QuantizedModel.Of(ModelFiles.Open(folder.Path), type);
        using var made = files.OpenWeights();
        using var copied = new CopiedSource(files.OpenWeights());

        Assert.True(files.LoadShard(made, LayerRange.All(files.Spec)).Embedding!.IsMade);
        Assert.Equal(Forward(files, copied), Forward(files, made));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Load_WeightThatIsNoNumber_NamesIt(int threads)
    {
        using var folder = new TempFolder();
        var config = TinyModel.Config("llama", ("hidden_size", "32"), ("intermediate_size", "256"));
        folder.Write("config.json", config);
        var tensors = TinyModel.Tensors(HfConfigs.Read(config));
        const string Bad = "model.layers.1.mlp.up_proj.weight";
        BitConverter.TryWriteBytes(tensors.First(tensor => tensor.Name == Bad).Bytes.AsSpan(150 * 32 * sizeof(float)), float.NaN);
        TinyModel.WriteTensors(folder, tensors);

        var refused = await Assert.ThrowsAsync<InvalidModelException>(() => LoadedModel.LoadAsync(
            QuantizedModel.Of(ModelFiles.Open(folder.Path), DType.Q8_0), new LoadOptions { Threads = threads }, new CpuBackend(), null, TestContext.Current.CancellationToken));

        Assert.Contains($"{Bad}: holds NaN in row 150", refused.Message);
    }

    private static unsafe float[] Multiply(Tensor tensor, int threads)
    {
        const int Tokens = 2;
        var inputs = RandomFloats.Normal(Tokens * tensor.Columns, 5);
        var outputs = new float[Tokens * tensor.Rows];
        using var team = new ComputeThreads(threads, "test");
        using var loader = new MatrixLoader(team, InstructionSets.Best);
        using var matrix = loader.Load(tensor);
        using var shaper = new InputShaper(team);
        using var scratch = new NativeBuffer(matrix.ScratchCount);
        fixed (float* input = inputs, output = outputs)
            matrix.Multiply(shaper.Shape(new Activations(input, Tokens, tensor.Columns), tensor.Columns, matrix.FormsFor(Tokens)), 0, tensor.Rows, output, tensor.Rows, scratch.Data);
        return outputs;
    }

    private static float[] Forward(ModelFiles files, IWeightSource weights)
    {
        int[] tokens = [1, 7, 39, 0, 7];
        var all = LayerRange.All(files.Spec);
        using var shard = new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = 1, Threads = 2 });
        var slice = new SequenceSlice { SequenceId = 1, StartPosition = 0, TokenCount = tokens.Length, Blocks = new[] { 0 }, PromptTopLogprobs = files.Spec.VocabSize };
        return [.. shard.Forward(new StepInput { TokenIds = tokens, Slices = [slice] }).Slices[0].PromptLogprobs.SelectMany(row => row.OrderBy(token => token.TokenId).Select(token => token.Logprob))];
    }

    /// <summary>What is made as it is read, made at once and kept.</summary>
    private sealed unsafe class CopiedSource(IWeightSource inner) : IWeightSource
    {
        private readonly Dictionary<string, Tensor> _copies = [];
        private readonly List<IntPtr> _memory = [];

        public IReadOnlyCollection<string> Names => inner.Names;

        public long ByteCount => inner.ByteCount;

        public string FileOf(string name) => inner.FileOf(name);

        public Tensor? Find(string name)
        {
            if (_copies.TryGetValue(name, out var known)) return known;
            if (inner.Find(name) is not { } tensor) return null;
            if (!tensor.IsMade) return tensor;
            var data = (byte*)NativeMemory.Alloc((nuint)tensor.ByteCount);
            _memory.Add((IntPtr)data);
            tensor.CopyRows(0, tensor.Rows, new Span<byte>(data, checked((int)tensor.ByteCount)));
            return _copies[name] = new Tensor(name, tensor.Type, [.. tensor.Shape], data);
        }

        public void Dispose()
        {
            foreach (var pointer in _memory) NativeMemory.Free((void*)pointer);
            inner.Dispose();
        }
    }
}
