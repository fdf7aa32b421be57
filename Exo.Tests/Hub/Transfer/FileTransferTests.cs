using Exo.Hub;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>What a transfer remembers of its connections.</summary>
public sealed class FileTransferTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly BlockPool _pool = new(most: 1);
    private readonly ManualTime _time = new();

    [Fact]
    public void Trouble_OfASourceThatAskedToWait_StaysUntilTheWaitIsOver()
    {
        var request = new TransferRequest { Name = "model", PartialPath = _folder.File("model"), FileByteCount = 100 << 20, ETag = "one", Sources = [new Silent()] };
        var transfer = new FileTransfer(request, 0, new HubOptions { CacheFolder = _folder.Path }, _time);
        using var file = new PartialFile(request, _pool);
        transfer.Activate();
        transfer.Opened(file);
        var claims = Enumerable.Range(0, 3).Select(_ => transfer.Take(hasPlenty: true, connections: 3)!).ToArray();

        transfer.GiveBack(claims[0], new SourceException(SourceFailure.Transient, "too many requests") { RetryAfter = TimeSpan.FromSeconds(30) });
        transfer.GiveBack(claims[1], null);
        Assert.Contains("too many requests", transfer.Progress().Trouble);

        _time.Advance(TimeSpan.FromSeconds(60));
        transfer.GiveBack(claims[2], null);
        Assert.Null(transfer.Progress().Trouble);
        foreach (var claim in claims) claim.Dispose();
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private sealed class Silent : IRangeSource
    {
        public string Name => "silent";

        public bool IsPeer => false;

        public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken) => throw new NotSupportedException("Nobody asks here.");
    }
}
