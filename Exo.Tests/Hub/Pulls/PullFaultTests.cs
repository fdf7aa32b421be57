using Exo.Hub;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Pulls;

/// <summary>Each thing that can go wrong, alone and all together: the right bytes in the end, or clear words and nothing wrong kept.</summary>
public sealed class PullFaultTests
{
    public static TheoryData<string> EveryFault => [.. Enum.GetNames<Fault>().Where(name => name != nameof(Fault.None))];

    [Theory]
    [MemberData(nameof(EveryFault))]
    public async Task Fault_OnceOrThrice_CostsNoWrongByte(string name)
    {
        var fault = Enum.Parse<Fault>(name);
        foreach (var times in new[] { 1, 3 })
        {
            // A file that changes twice, or comes wrong twice in the same way, is refused in words: its own test below.
            if (fault is Fault.ChangedETag or Fault.Corrupt && times > 1) continue;
            await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = FaultPlan.Times(times, fault) });
            hub.Add(Repo, Large(700_000), Text("config.json", """{"a":1}"""));
            using var room = new HubRoom(hub, options => options with { StallTimeout = TimeSpan.FromMilliseconds(400) });

            var result = await room.PullAsync();

            Assert.Equal(Large(700_000).Content.ToArray(), Shown(result, "model.safetensors"));
            Assert.Equal("""{"a":1}"""u8.ToArray(), Shown(result, "config.json"));
            Assert.DoesNotContain(Directory.GetFiles(room.BlobFolder), path => path.Contains("incomplete", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(nameof(Fault.WholeBody))]
    [InlineData(nameof(Fault.Trickle))]
    public async Task Fault_OnEveryContentRequest_IsLivedWith(string name)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            Faults = FaultPlan.Always(Enum.Parse<Fault>(name), FaultScope.Content), TrickleTime = TimeSpan.FromMilliseconds(30),
        });
        hub.Add(Repo, Large(1_500_000), Text("config.json"));
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.Equal(Large(1_500_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Theory]
    [InlineData(nameof(Fault.ChangedETag), HubError.HashMismatch)]
    [InlineData(nameof(Fault.Corrupt), HubError.HashMismatch)]
    [InlineData(nameof(Fault.HtmlPage), HubError.BadAnswer)]
    [InlineData(nameof(Fault.UnaskedGzip), HubError.BadAnswer)]
    [InlineData(nameof(Fault.LongBody), HubError.BadAnswer)]
    [InlineData(nameof(Fault.WrongContentRange), HubError.BadAnswer)]
    [InlineData(nameof(Fault.RangeRefused), HubError.BadAnswer)]
    [InlineData(nameof(Fault.ExpiredSignature), HubError.AccessDenied)]
    public async Task Fault_WithoutEnd_FailsInWordsAndKeepsNothingWrong(string name, HubError expected)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = FaultPlan.Always(Enum.Parse<Fault>(name), FaultScope.Content, Weights) });
        hub.Add(Repo, Large(700_000), Text("config.json"));
        using var room = new HubRoom(hub);

        var failure = await Assert.ThrowsAsync<HubException>(() => room.PullAsync());

        Assert.Equal(expected, failure.Error);
        Assert.Contains("model.safetensors", failure.Message);
        Assert.False(File.Exists(Path.Combine(room.BlobFolder, Large(700_000).Sha256)));
        Assert.Null(room.Cache.Find(Model));
        if (expected == HubError.HashMismatch) Assert.EndsWith("Check HF_ENDPOINT and the proxy, or report it to the hub.", failure.Message);
        if (expected == HubError.HashMismatch) Assert.DoesNotContain(Directory.GetFiles(room.BlobFolder), path => path.Contains("incomplete", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(nameof(Fault.ServerError))]
    [InlineData(nameof(Fault.Unavailable))]
    [InlineData(nameof(Fault.Silence))]
    public async Task Fault_LongerThanPatience_FailsAndALaterPullGoesOn(string name)
    {
        var fault = Enum.Parse<Fault>(name);
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = new After(8, FaultPlan.Times(60, fault, FaultScope.Content, Weights)) });
        hub.Add(Repo, Large(2_000_000), Text("config.json"));
        using var room = new HubRoom(hub, options => options with { Patience = TimeSpan.FromMilliseconds(600), StallTimeout = TimeSpan.FromMilliseconds(150), LongestBackOff = TimeSpan.FromMilliseconds(200) });

        var failure = await Assert.ThrowsAsync<HubException>(() => room.PullAsync());
        Assert.Contains("model.safetensors", failure.Message);
        var received = hub.Ledger.BytesSent(Weights);
        using var later = room.Puller(options => options with { Patience = TimeSpan.FromSeconds(30) });
        var plan = await later.PlanAsync(Model);
        var result = await later.Start(plan).Completion.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(received > 0 && plan.BytesHere > 0, $"{received} received, {plan.BytesHere} kept");
        Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task Signature_ThatExpiresMidway_IsRenewedAtTheHub()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { SignatureUses = 5 });
        hub.Add(Repo, Large(2_000_000));
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.InRange(hub.Ledger.Requests.Count(request => !request.IsCdn && request.Target.Contains("resolve")), 3, 40);
    }

    [Fact]
    public async Task Quota_UsedUp_IsWaitedOut()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Quota = 4, QuotaWindow = TimeSpan.FromSeconds(1) });
        hub.Add(Repo, [.. Enumerable.Range(0, 8).Select(i => Text($"{i}.json", $"{i}"))]);
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.Equal("7"u8.ToArray(), Shown(result, "7.json"));
    }

    [Fact]
    public async Task DiskThatChangedLandedBytes_IsFoundAndMended()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 1_000_000 });
        hub.Add(Repo, Large(3_000_000));
        using var room = new HubRoom(hub);
        using (var puller = room.Puller())
        {
            var pull = puller.Start(await puller.PlanAsync(Model));
            await hub.Ledger.WhenAsync(16, request => request.File == Weights);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        }
        var partial = Directory.GetFiles(room.BlobFolder, "*.exo.incomplete").Single();
        using (var file = File.OpenHandle(partial, access: FileAccess.ReadWrite)) RandomAccess.Write(file, new byte[1000], 5_000);

        var result = await room.PullAsync();

        Assert.Equal(Large(3_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Faults_AtRandom_NeverCostAWrongByteOrAHang(ulong seed)
    {
        var size = 200_000 + (long)(seed * 7919 % 900_000);
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            Faults = FaultPlan.Random(seed, 0.25), TrickleTime = TimeSpan.FromMilliseconds(20), PageSize = 2, SignatureUses = 7,
        });
        hub.Add(Repo, Large(size, seed), Text("config.json", $"{seed}"), Text("sub/tokenizer.json", new string('t', (int)(seed % 5000))));
        using var room = new HubRoom(hub, options => options with { StallTimeout = TimeSpan.FromMilliseconds(150), MaxAttempts = 12 });

        // A file that changes again and again is refused; whoever asks again gets there.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await room.PullAsync();
                Assert.Equal(Large(size, seed).Content.ToArray(), Shown(result, "model.safetensors"));
                Assert.Equal(new string('t', (int)(seed % 5000)), File.ReadAllText(Path.Combine(result.SnapshotFolder, "sub", "tokenizer.json")));
                return;
            }
            catch (HubException refused) when (refused.Error is HubError.ContentChanged or HubError.HashMismatch && attempt < 20)
            {
                Assert.Null(room.Cache.Find(Model));
            }
        }
    }

    /// <summary>EXO_HUB_SEEDS says how many; the bar is 500. EXO_HUB_FIRST_SEED says from where on, 1 otherwise.</summary>
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(Number("EXO_HUB_FIRST_SEED", 1), Number("EXO_HUB_SEEDS", 40)).Select(seed => (ulong)seed)];

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : otherwise;

    /// <summary>Another plan that begins after so many requests for bytes.</summary>
    private sealed class After(int requests, FaultPlan plan) : FaultPlan
    {
        private int _seen;

        public override Fault Choose(FaultOccasion occasion) =>
            occasion.Scope == FaultScope.Content && Interlocked.Increment(ref _seen) <= requests ? Fault.None : plan.Choose(occasion);
    }
}
