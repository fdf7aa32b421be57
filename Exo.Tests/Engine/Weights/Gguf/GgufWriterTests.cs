using Exo.Engine;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Weights.Gguf;

/// <summary>What a file's writing leaves on the disk.</summary>
public sealed class GgufWriterTests : IDisposable
{
    /// <summary>Above every process's number.</summary>
    private const int NoProcess = int.MaxValue;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(28)]
    [InlineData(122)]
    public void Write_DiskThatBecomesFull_SaysSoAndLeavesNothing(int error)
    {
        var writer = Writer((_, _) => throw new IOException("No space left on device", error));

        var failure = Assert.Throws<NotEnoughSpaceException>(() => writer.Write(_folder.File("o.gguf"), overwrite: false));

        Assert.Contains("became full", failure.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_PartsOfProcessesThatAreGone_RemovesThoseOfThisFileAlone()
    {
        _folder.Write($".o.gguf.{NoProcess}.part", "left behind");
        string[] others =
        [
            _folder.Write($".o.gguf.{System.Diagnostics.Process.GetProcesses().Min(process => process.Id)}.part", "being written"),
            _folder.Write($".p.gguf.{NoProcess}.part", "another file's"),
            _folder.Write(".o.gguf.old.part", "no process's"),
        ];

        Writer().Write(_folder.File("o.gguf"), overwrite: false);

        Assert.Equal([.. others.Append(_folder.File("o.gguf")).Order()], Directory.GetFiles(_folder.Path).Order());
    }

    [Fact]
    public void Write_PartThatAnotherMachineWrites_LeavesIt()
    {
        var part = _folder.File($".o.gguf.{NoProcess}.part");
        using var written = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None);

        Writer().Write(_folder.File("o.gguf"), overwrite: false);

        Assert.True(File.Exists(part));
    }

    private static GgufWriter Writer(GgufRowEncoder? encode = null)
    {
        var writer = new GgufWriter();
        writer.Tensor(new GgufOutput("t", [1, 4], DType.F32, encode ?? ((_, _) => { })));
        return writer;
    }
}
