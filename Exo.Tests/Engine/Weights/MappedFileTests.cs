using Exo.Engine;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Weights;

public sealed class MappedFileTests
{
    [Fact]
    public void Bytes_OfAFile_AreItsBytes()
    {
        using var folder = new TempFolder();
        using var file = MappedFile.Open(folder.Write("file", [1, 2, 3, 4, 5]));

        Assert.Equal(5, file.Length);
        Assert.Equal([2, 3, 4], file.Bytes(1, 3).ToArray());
    }

    [Theory]
    [InlineData(0, 6)]
    [InlineData(5, 1)]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, 1)]
    public void Bytes_OutsideTheFile_AreRefused(long start, int count)
    {
        using var folder = new TempFolder();
        using var file = MappedFile.Open(folder.Write("file", [1, 2, 3, 4, 5]));

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(start, count).Length);
    }

    [Fact]
    public void Bytes_AfterDispose_AreRefused()
    {
        using var folder = new TempFolder();
        var file = MappedFile.Open(folder.Write("file", [1]));
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Bytes(0, 1).Length);
        file.Dispose();
    }

    [Fact]
    public void Open_FileThatIsMissingEmptyOrAFolder_SaysWhich()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("folder"));

        Assert.Contains("missing", Assert.Throws<InvalidModelException>(() => MappedFile.Open(folder.File("none"))).Message);
        Assert.Contains("missing", Assert.Throws<InvalidModelException>(() => MappedFile.Open(folder.File("no/such"))).Message);
        Assert.Contains("empty", Assert.Throws<InvalidModelException>(() => MappedFile.Open(folder.Write("empty", []))).Message);
        Assert.Contains("folder", Assert.Throws<InvalidModelException>(() => MappedFile.Open(folder.File("folder"))).Message);
    }

    [Fact]
    public void Open_TwiceAndDeletedMeanwhile_StillReads()
    {
        using var folder = new TempFolder();
        var path = folder.Write("file", [7, 8]);
        using var one = MappedFile.Open(path);
        using var other = MappedFile.Open(path);
        if (!OperatingSystem.IsWindows()) File.Delete(path);

        Assert.Equal([7, 8], one.Bytes(0, 2).ToArray());
        Assert.Equal([7, 8], other.Bytes(0, 2).ToArray());
    }
}
