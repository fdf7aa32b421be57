using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Protocol;

/// <summary>The hub's answers told apart, its redirects followed, its token kept to itself.</summary>
public sealed class HubClientTests
{
    [Fact]
    public async Task GetModel_OfABranch_NamesTheCommit()
    {
        await using var hub = await HubServer.StartAsync();
        var commit = hub.Add(Repo).Commit("dev", Text("config.json"));
        using var client = Client(hub);

        var model = await client.GetModelAsync(ModelReference.Parse(Repo + "@dev"));

        Assert.Equal((Repo, commit.Sha), (model.RepositoryId, model.Commit));
    }

    [Theory]
    [InlineData("nobody/nothing", null, HubError.RepositoryNotFound, "HF_TOKEN")]
    [InlineData("nobody/nothing", "good", HubError.RepositoryNotFound, "spelling")]
    [InlineData(Repo, "wrong", HubError.AccessDenied, "refuses the token")]
    [InlineData("org/private", null, HubError.RepositoryNotFound, "private")]
    [InlineData("org/disabled", "good", HubError.RepositoryDisabled, "disabled")]
    [InlineData(Repo + "@nope", null, HubError.RevisionNotFound, "branch, tag or commit")]
    public async Task GetModel_Refused_SaysWhyAndWhatToDo(string model, string? token, HubError error, string words)
    {
        await using var hub = await AccessAsync();
        using var client = Client(hub, options => options with { Token = token });

        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetModelAsync(ModelReference.Parse(model)));

        Assert.Equal(error, failure.Error);
        Assert.Contains(words, failure.Message);
        Assert.Contains(model.Split('@')[0], failure.Error == HubError.AccessDenied ? Repo : failure.Message);
    }

    [Theory]
    [InlineData(null, "set HF_TOKEN")]
    [InlineData("other", "Accept its terms")]
    public async Task Pull_OfAGatedModel_SaysWhereToAcceptItsTerms(string? token, string words)
    {
        await using var hub = await AccessAsync();
        using var room = new HubRoom(hub, options => options with { Token = token });

        var failure = await Assert.ThrowsAsync<HubException>(() => room.PullAsync(ModelReference.Parse("org/gated")));

        Assert.Equal(HubError.RepositoryGated, failure.Error);
        Assert.Contains("https://huggingface.co/org/gated", failure.Message);
        Assert.Contains(words, failure.Message);
    }

    [Fact]
    public async Task Pull_ThatIsRefused_TellsTheReasonOnce()
    {
        await using var hub = await AccessAsync();
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(ModelReference.Parse("org/gated")));

        var failure = await Assert.ThrowsAsync<HubException>(() => pull.Completion);

        Assert.Equal(failure.Message, pull.Current.Failure);
        Assert.Null(pull.Current.Trouble);
    }

    [Theory]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c/d", "a/b")]
    public async Task ListFiles_OfAFileWhereAFolderIs_IsRefused(params string[] paths)
    {
        await using var hub = await HubServer.StartAsync();
        var commit = hub.Add(Repo).Commit("main", [.. paths.Select(path => Text(path))]);
        using var client = Client(hub);

        var failure = await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (var _ in client.ListFilesAsync(Repo, commit.Sha))
            {
            }
        });

        Assert.Equal(HubError.UnsafeFile, failure.Error);
        Assert.Contains("a/b", failure.Message);
    }

    [Theory]
    [InlineData("model.safetensors", 299_999, "has 300000 bytes")]
    [InlineData("../model.safetensors", 1 << 30, "climbs out")]
    [InlineData("a/../../model.safetensors", 1 << 30, "climbs out")]
    public async Task Plan_OfAFileThatMayNotBeStored_IsRefused(string path, long largestFile, string words)
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Text("config.json"), new ServedFile(path, Large().Content) { IsLfs = true });
        using var room = new HubRoom(hub, options => options with { LargestFile = largestFile });

        var failure = await Assert.ThrowsAsync<HubException>(() => room.PullAsync());

        Assert.Equal(HubError.UnsafeFile, failure.Error);
        Assert.Contains(words, failure.Message);
        Assert.False(Directory.Exists(room.Options.CacheFolder));
    }

    [Fact]
    public async Task Pull_WithTheToken_GetsPrivateAndGatedOnes()
    {
        await using var hub = await AccessAsync();
        using var room = new HubRoom(hub, options => options with { Token = "good" });

        await room.PullAsync(ModelReference.Parse("org/private"));
        await room.PullAsync(ModelReference.Parse("org/gated"));

        Assert.All(hub.Ledger.Requests.Where(request => !request.IsCdn), request => Assert.Equal("Bearer good", request.Header("Authorization")));
    }

    [Fact]
    public async Task Token_NeverReachesTheCdn()
    {
        await using var hub = await AccessAsync();
        using var room = new HubRoom(hub, options => options with { Token = "good" });

        await room.PullAsync(ModelReference.Parse("org/private"));

        Assert.Contains(hub.Ledger.Requests, request => request.IsCdn);
        Assert.All(hub.Ledger.Requests.Where(request => request.IsCdn), request => Assert.Equal("", request.Header("Authorization")));
        Assert.All(hub.Ledger.Requests, request => Assert.StartsWith("exo/", request.Header("User-Agent")));
    }

    [Theory]
    [InlineData("https://hub.test", "https://hub.test/x", true)]
    [InlineData("https://hub.test", "https://HUB.test:443/x", true)]
    [InlineData("http://hub.test", "https://hub.test/x", true)] // The one way a scheme may change: what was sent openly goes on in secret.
    [InlineData("https://hub.test", "http://hub.test/x", false)]
    [InlineData("http://hub.test:8080", "https://hub.test/x", false)]
    [InlineData("https://hub.test", "https://hub.test:8443/x", false)]
    [InlineData("https://hub.test", "https://cdn.hub.test/x", false)]
    public void Token_IsForTheEndpointAlone(string endpoint, string address, bool expected)
    {
        using var exchange = new Exo.Hub.Protocol.HubExchange(new HubOptions { CacheFolder = "/none", Endpoint = new Uri(endpoint) });

        Assert.Equal(expected, exchange.IsEndpoint(new Uri(address)));
    }

    [Fact]
    public async Task Renamed_Repository_IsFollowedAndKeptUnderTheAskedName()
    {
        await using var hub = await StartAsync();
        hub.Add("old/name").RenamedTo = Repo;
        using var room = new HubRoom(hub);

        var result = await room.PullAsync(ModelReference.Parse("old/name"));

        Assert.Equal(Large().Content.ToArray(), HubRoom.Shown(result, "model.safetensors"));
        Assert.Contains("models--old--name", result.SnapshotFolder);
        Assert.NotNull(room.Cache.Find(ModelReference.Parse("old/name")));
    }

    [Fact]
    public async Task Read_OfNoFile_SaysWhichOne()
    {
        await using var hub = await StartAsync();
        using var client = Client(hub);
        var none = new HubFile { Path = "none.bin", ByteCount = 10, Hash = ContentHash.Parse(Large().Sha256) };

        var failure = await Assert.ThrowsAsync<HubException>(() => client.ReadAsync(Repo, "main", none, new ByteRange(0, 10)));

        Assert.Equal(HubError.FileNotFound, failure.Error);
        Assert.Contains("org/model/none.bin", failure.Message);
    }

    [Fact]
    public async Task Read_OfARange_GivesThoseBytes()
    {
        await using var hub = await StartAsync(new HubServerOptions { Faults = FaultPlan.Times(3, Fault.Reset, FaultScope.Content) });
        using var client = Client(hub);
        var model = await client.GetModelAsync(ModelReference.Parse(Repo));
        var files = new List<HubFile>();
        await foreach (var file in client.ListFilesAsync(Repo, model.Commit)) files.Add(file);

        var bytes = await client.ReadAsync(Repo, model.Commit, files.Single(file => file.Path == "model.safetensors"), new ByteRange(1000, 50_000));

        Assert.Equal(Large().Slice(1000, 50_000), bytes);
    }

    [Fact]
    public async Task Offline_AsksNobody()
    {
        await using var hub = await StartAsync();
        using var client = Client(hub, options => options with { Offline = true });

        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetModelAsync(ModelReference.Parse(Repo)));

        Assert.Equal(HubError.Offline, failure.Error);
        Assert.Empty(hub.Ledger.Requests);
    }

    [Fact]
    public async Task Unreachable_Hub_SaysSoAfterItsTries()
    {
        using var client = new HubClient(new HubOptions
        {
            CacheFolder = "/none", Endpoint = new Uri("http://127.0.0.1:1"), MaxAttempts = 3, FirstBackOff = TimeSpan.FromMilliseconds(1),
        });

        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetModelAsync(ModelReference.Parse(Repo)));

        Assert.Equal(HubError.Unreachable, failure.Error);
        Assert.Contains("3 times", failure.Message);
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("tökèn")]
    public async Task Token_ThatNoHeaderCanHold_IsNamedAndAsksNobody(string token)
    {
        await using var hub = await StartAsync();
        using var client = Client(hub, options => options with { Token = token });

        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetModelAsync(ModelReference.Parse(Repo)));

        Assert.Equal(HubError.AccessDenied, failure.Error);
        Assert.Contains("HF_TOKEN", failure.Message);
        Assert.DoesNotContain(token, failure.Message);
        Assert.Empty(hub.Ledger.Requests);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, null, "hub.test:8080 cannot be reached")]
    [InlineData(HttpRequestError.ConnectionError, "http://proxy.test:3128", "the proxy proxy.test:3128 cannot be reached")]
    [InlineData(HttpRequestError.NameResolutionError, "http://proxy.test:3128", "the name of the proxy proxy.test:3128 cannot be resolved")]
    [InlineData(HttpRequestError.ProxyTunnelError, "http://proxy.test:3128", "the proxy proxy.test:3128 does not connect to hub.test:8080")]
    public void Failure_OfAConnection_NamesWhomItWasMadeTo(HttpRequestError error, string? proxy, string words)
    {
        var failure = HubFailure.Of(new HttpRequestException(error, "refused"), new Uri("http://hub.test:8080/api"), proxy is null ? null : new Uri(proxy));

        Assert.StartsWith(words, failure.Message);
    }

    private static async Task<HubServer> AccessAsync()
    {
        var hub = await HubServer.StartAsync(new HubServerOptions { Tokens = new Dictionary<string, string[]> { ["good"] = ["org/private", "org/gated"], ["other"] = [] } });
        hub.Add(Repo, Large(), Text("config.json"));
        hub.Add("org/private", Large(), Text("config.json")).Private = true;
        hub.Add("org/gated", Large(), Text("config.json")).Gated = "manual";
        hub.Add("org/disabled", Text("config.json")).Disabled = true;
        return hub;
    }

    private static HubClient Client(HubServer hub, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions { CacheFolder = "/none", Endpoint = new Uri(hub.Endpoint), FirstBackOff = TimeSpan.FromMilliseconds(1) };
        return new HubClient(change?.Invoke(options) ?? options);
    }
}
