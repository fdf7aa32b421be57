using System.IO.Compression;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Server;

/// <summary>Each fault is seen from outside as what it pretends to be, and is over after its time.</summary>
public sealed class HubServerFaultTests
{
    private static readonly byte[] Good = Large().Slice(1000, 200_000);

    [Theory]
    [InlineData(Fault.ServerError, 500)]
    [InlineData(Fault.BadGateway, 502)]
    [InlineData(Fault.Unavailable, 503)]
    [InlineData(Fault.TooManyRequests, 429)]
    [InlineData(Fault.ExpiredSignature, 403)]
    [InlineData(Fault.RangeRefused, 416)]
    [InlineData(Fault.HtmlPage, 200)]
    public async Task Fault_WithAStatus_AnswersItOnceAndThenWell(object fault, int status)
    {
        await using var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Once((Fault)fault, FaultScope.Content), RetryAfterSeconds = 3 });
        using var client = OpenClient();
        var address = await SignedAsync(hub, client);

        using var bad = await client.AskAsync(address, "1000-200999");
        using var good = await client.AskAsync(address, "1000-200999");

        Assert.Equal(status, (int)bad.StatusCode);
        Assert.Equal((Fault)fault is Fault.TooManyRequests or Fault.Unavailable ? "3" : null, bad.Value("Retry-After"));
        Assert.Equal(Good, await good.Content.ReadAsByteArrayAsync());
        Assert.Equal((Fault)fault, hub.Ledger.ContentRequests(Weights).First().Fault);
    }

    [Fact]
    public async Task WholeBody_ToARange_Is200FromTheStart()
    {
        using var answer = await StruckAsync(Fault.WholeBody);
        Assert.Equal(200, (int)answer.Response.StatusCode);
        Assert.Equal(Large().Content.ToArray(), await answer.Response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task ChangedETag_HasAnotherNameAndOtherBytes()
    {
        using var answer = await StruckAsync(Fault.ChangedETag);
        Assert.NotEqual($"\"{Large().CdnETag}\"", answer.Response.Value("ETag"));
        Assert.NotEqual(Good, await answer.Response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(Fault.ShortBody)]
    [InlineData(Fault.Reset)]
    public async Task Cut_InMidBody_FailsAfterSomeGoodBytes(object fault)
    {
        using var answer = await StruckAsync((Fault)fault);
        Assert.Equal(200_000, answer.Response.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Response.Content.ReadAsByteArrayAsync());
        Assert.InRange(answer.Hub.Ledger.BytesSent(Weights), 0, 199_999);
    }

    [Fact]
    public async Task LongBody_WithinAndAtTheEndOfTheFile_HasMoreThanWasAsked()
    {
        await using var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Always(Fault.LongBody, FaultScope.Content) });
        using var client = OpenClient();
        var address = await SignedAsync(hub, client);

        var within = await (await client.AskAsync(address, "0-9")).Content.ReadAsByteArrayAsync();
        var end = await (await client.AskAsync(address, "299990-299999")).Content.ReadAsByteArrayAsync();

        Assert.Equal(1010, within.Length);
        Assert.Equal(1010, end.Length);
    }

    [Fact]
    public async Task UnaskedGzip_UnpacksToTheRange()
    {
        using var answer = await StruckAsync(Fault.UnaskedGzip);
        Assert.Equal("gzip", answer.Response.Value("Content-Encoding"));
        await using var body = new GZipStream(await answer.Response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        var unpacked = new MemoryStream();
        await body.CopyToAsync(unpacked);
        Assert.Equal(Good, unpacked.ToArray());
    }

    [Fact]
    public async Task Stall_SendsSomeAndThenNothing_UntilTheServerStops()
    {
        var answer = await StruckAsync(Fault.Stall);
        await using var body = await answer.Response.Content.ReadAsStreamAsync();
        var whole = body.CopyToAsync(Stream.Null);

        Assert.False(whole.IsCompleted);
        answer.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => whole.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Silence_SendsNoHeaders()
    {
        await using var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Once(Fault.Silence) });
        using var client = OpenClient();
        client.Timeout = TimeSpan.FromMilliseconds(200);

        await Assert.ThrowsAsync<TaskCanceledException>(() => client.AskAsync($"{hub.Endpoint}/api/models/{Repo}"));
        Assert.Equal(0, hub.Ledger.Requests[0].Status);
    }

    [Fact]
    public async Task WrongContentRange_AdmitsToOtherBytes()
    {
        using var answer = await StruckAsync(Fault.WrongContentRange);
        Assert.Equal("bytes 0-199999/300000", answer.Response.Value("Content-Range"));
        Assert.Equal(Large().Slice(0, 200_000), await answer.Response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Corrupt_FlipsOneBit()
    {
        using var answer = await StruckAsync(Fault.Corrupt);
        var bytes = await answer.Response.Content.ReadAsByteArrayAsync();
        Assert.Equal(1, bytes.Zip(Good).Sum(pair => System.Numerics.BitOperations.PopCount((uint)(pair.First ^ pair.Second))));
    }

    [Fact]
    public async Task Trickle_IsSlowAndThenWhole()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var answer = await StruckAsync(Fault.Trickle);
        Assert.Equal(Good, await answer.Response.Content.ReadAsByteArrayAsync());
        Assert.True(watch.Elapsed > answer.Hub.Options.TrickleTime);
    }

    [Fact]
    public async Task RedirectLoop_LeadsBackToItself()
    {
        await using var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Once(Fault.RedirectLoop) });
        using var client = OpenClient();
        using var loop = await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors");
        Assert.Equal($"/{Repo}/resolve/main/model.safetensors", loop.Value("Location"));
    }

    [Fact]
    public void RandomPlan_SameSeedInAnotherOrder_StrikesTheSame()
    {
        FaultOccasion[] occasions = [.. Enumerable.Range(0, 50).Select(i => new FaultOccasion(FaultScope.Content, "GET", "f", i * 100, true, true))];
        var one = FaultPlan.Random(3, 0.5);
        var two = FaultPlan.Random(3, 0.5);

        var forwards = occasions.Select(one.Choose).ToArray();
        var backwards = occasions.Reverse().Select(two.Choose).Reverse().ToArray();

        Assert.Equal(forwards, backwards);
        Assert.InRange(forwards.Count(fault => fault != Fault.None), 10, 40);
    }

    [Fact]
    public void RandomPlan_Certain_StillLetsTheFourthAskThrough()
    {
        var plan = FaultPlan.Random(3, 1.0);
        var occasion = new FaultOccasion(FaultScope.Content, "GET", "f", 0, true, true);

        Assert.Equal([true, true, true, false, true], Enumerable.Range(0, 5).Select(_ => plan.Choose(occasion) != Fault.None));
    }

    private static async Task<string> SignedAsync(HubServer hub, HttpClient client) =>
        (await client.AskAsync($"{hub.Endpoint}/{Repo}/resolve/main/model.safetensors")).Value("Location")!;

    private static async Task<Struck> StruckAsync(Fault fault)
    {
        var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Once(fault, FaultScope.Content) });
        var client = OpenClient();
        return new Struck(hub, client, await client.AskAsync(await SignedAsync(hub, client), "1000-200999"));
    }

    /// <summary>The answer to bytes 1000-200999 of the weights, struck by one fault.</summary>
    private sealed record Struck(HubServer Hub, HttpClient Client, HttpResponseMessage Response) : IDisposable
    {
        public void Dispose()
        {
            Hub.DisposeAsync().AsTask().Wait();
            Response.Dispose();
            Client.Dispose();
        }
    }
}
