using Exo.Api;
using Exo.Client.Terminal;
using Exo.Tests.Client.EndToEnd;

namespace Exo.Tests.Client.Terminal;

/// <summary>Outputs that take no bytes.</summary>
public sealed class StandardOutputTests
{
    private const int TerminalGone = 5, ReadOnly = 30, NoSpace = 28, BrokenPipe = 32, Quota = 122;

    [Theory]
    [InlineData(BrokenPipe, false)]
    [InlineData(TerminalGone, false)]
    public void Write_ReaderGone_SaysThatItIsClosed(int error, bool isFile) =>
        Assert.Throws<OutputClosedException>(() => Failing(error, isFile).Write("x"u8));

    [Theory]
    [InlineData(NoSpace, ExoErrorKind.DiskFull, "its disk is full")]
    [InlineData(Quota, ExoErrorKind.DiskFull, "its disk is full")]
    [InlineData(TerminalGone, ExoErrorKind.Failure, "no luck")]
    [InlineData(ReadOnly, ExoErrorKind.Failure, "no luck")]
    public void Write_DiskThatFails_SaysWhy(int error, ExoErrorKind kind, string why)
    {
        var failure = Assert.Throws<ExoException>(() => Failing(error, isFile: true).Write("x"u8));

        Assert.Equal(kind, failure.Kind);
        Assert.StartsWith("standard output can't be written", failure.Message);
        Assert.Contains(why, failure.Message);
    }

    [Fact]
    public async Task Run_AnswerThatTheDiskHasNoRoomFor_IsOneLineAndExitCode4()
    {
        var run = new ExoRun { Console = new FakeConsole { Out = new StreamWriter(Failing(NoSpace, isFile: true)) } };

        Assert.Equal(4, await run.RunAsync("run", "m", "Hi"));

        Assert.StartsWith("exo: standard output can't be written, its disk is full", run.Errors);
        Assert.Equal(1, run.Errors.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Exo_IntoAFullDisk_EndsWith4AndSaysSo()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");

        var result = await ExoProcess.ShellAsync("$EXO --version >/dev/full");

        Assert.Equal(4, result.ExitCode);
        Assert.StartsWith("exo: standard output can't be written, its disk is full", result.Errors);
    }

    [Fact]
    public async Task Exo_ErrorsIntoAFullDisk_StillEndsWithTheFailuresCode()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");

        Assert.Equal(2, (await ExoProcess.ShellAsync("$EXO nonsense 2>/dev/full")).ExitCode);
    }

    private static StandardOutput Failing(int error, bool isFile) => new(new FailingStream(error), "standard output", isFile);

    private sealed class FailingStream(int error) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no luck", error);
    }
}
