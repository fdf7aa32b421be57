using System.Net;
using System.Text.Json;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Server;

public sealed class HubServerProtocolTests
{
    [Theory]
    [InlineData("/api/models/org/model")]
    [InlineData("/api/models/org/model/revision/main?blobs=true")]
    public async Task Info_OfAModel_NamesItsCommitAndFiles(string address)
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();

        var info = JsonDocument.Parse(await client.GetStringAsync(hub.Endpoint + address)).RootElement;

        Assert.Equal(40, info.GetProperty("sha").GetString()!.Length);
        Assert.Equal(["config.json", "model.safetensors", "sub/two words.txt"],
            info.GetProperty("siblings").EnumerateArray().Select(file => file.GetProperty("rfilename").GetString()!));
        Assert.Equal(address.Contains("blobs"), info.GetProperty("siblings")[1].TryGetProperty("lfs", out _));
    }

    [Fact]
    public async Task Tree_LongerThanAPage_LinksToTheNext()
    {
        await using var hub = await StartAsync(new HubServerOptions { PageSize = 2 });
        using var client = OpenClient();
        var paths = new List<string>();
        var pages = 0;

        for (string? next = $"{hub.Endpoint}/api/models/{Repo}/tree/main?recursive=true&expand=false"; next is not null; pages++)
        {
            using var page = await client.AskAsync(next);
            paths.AddRange(JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.EnumerateArray().Select(e => e.GetProperty("path").GetString()!));
            next = page.Value("Link") is { } link && link.EndsWith("; rel=\"next\"", StringComparison.Ordinal) ? link[1..link.IndexOf('>')] : null;
        }

        Assert.Equal(2, pages);
        Assert.Equal(["sub", "config.json", "model.safetensors", "sub/two words.txt"], paths);
    }

    [Fact]
    public async Task Tree_OfAFolderAndNotRecursive_ListsOnlyThatLevel()
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();

        var top = await client.GetStringAsync($"{hub.Endpoint}/api/models/{Repo}/tree/main");
        var sub = await client.GetStringAsync($"{hub.Endpoint}/api/models/{Repo}/tree/main/sub?recursive=1");

        Assert.Equal(3, JsonDocument.Parse(top).RootElement.GetArrayLength());
        Assert.Equal("sub/two words.txt", Assert.Single(JsonDocument.Parse(sub).RootElement.EnumerateArray()).GetProperty("path").GetString());
    }

    [Fact]
    public async Task Resolve_OfALargeFile_RedirectsToAnotherHostThatServesRanges()
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();

        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors", method: HttpMethod.Head);
        using var part = await client.AskAsync(redirect.Value("Location")!, "100000-199999");

        Assert.Equal(HttpStatusCode.Found, redirect.StatusCode);
        Assert.Equal($"\"{Large().Sha256}\"", redirect.Value("X-Linked-Etag"));
        Assert.Equal("300000", redirect.Value("X-Linked-Size"));
        Assert.Equal(40, redirect.Value("X-Repo-Commit")!.Length);
        Assert.NotEqual(new Uri(hub.Endpoint).Host, new Uri(redirect.Value("Location")!).Host);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("bytes 100000-199999/300000", part.Value("Content-Range"));
        Assert.Equal(Large().Slice(100_000, 100_000), await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Resolve_OfASmallFile_RedirectsWithinTheHost()
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();

        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/sub/two%20words.txt");
        using var body = await client.AskAsync(hub.Endpoint + redirect.Value("Location"));

        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        Assert.StartsWith("/api/resolve-cache/", redirect.Value("Location"), StringComparison.Ordinal);
        Assert.Equal("\"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0\"", body.Value("ETag")); // printf hello | git hash-object --stdin
        Assert.Equal("hello", await body.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("-5", 206, "bytes 299995-299999/300000")]
    [InlineData("299999-", 206, "bytes 299999-299999/300000")]
    [InlineData("299000-999999", 206, "bytes 299000-299999/300000")]
    [InlineData("300000-", 416, "bytes */300000")]
    [InlineData("0-1,5-6", 200, null)]
    public async Task Range_AtTheEdges_FollowsTheStandard(string range, int status, string? contentRange)
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");

        using var part = await client.AskAsync(redirect.Value("Location")!, range);

        Assert.Equal(status, (int)part.StatusCode);
        Assert.Equal(contentRange, part.Value("Content-Range"));
    }

    [Fact]
    public async Task IfRange_WithAnotherETag_GetsTheWhole()
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");

        using var same = await client.AskAsync(redirect.Value("Location")!, "0-9", ifRange: $"\"{Large().CdnETag}\"");
        using var other = await client.AskAsync(redirect.Value("Location")!, "0-9", ifRange: "\"other\"");

        Assert.Equal(HttpStatusCode.PartialContent, same.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task SignedAddress_UsedUpOrForged_IsRefused()
    {
        await using var hub = await StartAsync(new HubServerOptions { SignatureUses = 2 });
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");
        var address = redirect.Value("Location")!;

        var statuses = new List<int>();
        for (var i = 0; i < 3; i++)
            statuses.Add((int)(await client.AskAsync(address, "0-0")).StatusCode);
        using var forged = await client.AskAsync(address.Replace("Expires=", "Expires=9", StringComparison.Ordinal));

        Assert.Equal([206, 206, 403], statuses);
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
    }

    [Fact]
    public async Task SignedAddress_TooOld_IsRefused()
    {
        var clock = new ManualClock();
        await using var hub = await StartAsync(new HubServerOptions { Clock = clock, SignatureLifetime = TimeSpan.FromMinutes(1) });
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");

        using var young = await client.AskAsync(redirect.Value("Location")!, "0-0");
        clock.Now += TimeSpan.FromSeconds(61);
        using var old = await client.AskAsync(redirect.Value("Location")!, "0-0");

        Assert.Equal(HttpStatusCode.PartialContent, young.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, old.StatusCode);
    }

    [Fact]
    public async Task Cdn_GivenAToken_RefusesAndTellsTheLedger()
    {
        await using var hub = await StartAsync(new HubServerOptions { Tokens = new Dictionary<string, string[]> { ["hf_a"] = [] } });
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors", token: "hf_a");

        using var leaked = await client.AskAsync(redirect.Value("Location")!, token: "hf_a");

        Assert.Equal(HttpStatusCode.BadRequest, leaked.StatusCode);
        Assert.Equal("Bearer hf_a", Assert.Single(hub.Ledger.Requests, request => request.IsCdn).Header("authorization"));
    }

    [Fact]
    public async Task Quota_UsedUp_Says429AndWhenToComeBack()
    {
        await using var hub = await StartAsync(new HubServerOptions { Quota = 1, QuotaWindow = TimeSpan.FromSeconds(55), Clock = new ManualClock() });
        using var client = OpenClient();

        using var first = await client.AskAsync($"{hub.Endpoint}/api/models/{Repo}");
        using var second = await client.AskAsync($"{hub.Endpoint}/api/models/{Repo}");

        Assert.Equal("\"api\";r=0;t=55", first.Value("RateLimit"));
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
    }

    [Fact]
    public async Task Ledger_OverlappingRanges_CountsBytesSentTwice()
    {
        await using var hub = await StartAsync();
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");
        foreach (var range in new[] { "0-99", "50-149", "200-299" })
            await (await client.AskAsync(redirect.Value("Location")!, range)).Content.ReadAsByteArrayAsync();

        Assert.Equal(300, hub.Ledger.BytesSent(Weights));
        Assert.Equal(250, hub.Ledger.BytesSentAtLeast(1, Weights));
        Assert.Equal(50, hub.Ledger.BytesSentAtLeast(2, Weights));
    }

    [Fact]
    public async Task ConnectionRate_OfTwentyMegabytesASecond_IsKept()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 20_000_000 });
        hub.Add(Repo, Large(4_000_000));
        using var client = OpenClient();
        using var redirect = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await client.GetByteArrayAsync(redirect.Value("Location"));

        // 200 ms by the rate; a busy machine only makes it longer, the first burst 5 ms shorter.
        Assert.InRange(watch.Elapsed.TotalMilliseconds, 190, 10_000);
    }
}
