using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Server;

public sealed class HubServerAccessTests
{
    private static readonly HubServerOptions WithTokens = new()
    {
        Tokens = new Dictionary<string, string[]> { ["hf_in"] = ["org/gated", "org/private"], ["hf_out"] = [] },
    };

    [Theory]
    [InlineData("/org/gated/resolve/main/config.json", null, 401, "GatedRepo")]
    [InlineData("/org/gated/resolve/main/config.json", "hf_out", 403, "GatedRepo")]
    [InlineData("/org/gated/resolve/main/config.json", "hf_in", 307, null)]
    [InlineData("/api/models/org/gated", null, 200, null)]
    [InlineData("/api/models/org/private", null, 401, null)]
    [InlineData("/api/models/org/private", "hf_out", 404, "RepoNotFound")]
    [InlineData("/api/models/org/private", "hf_in", 200, null)]
    [InlineData("/api/models/org/missing", null, 401, null)]
    [InlineData("/api/models/org/missing", "hf_in", 404, "RepoNotFound")]
    [InlineData("/api/models/org/model", "hf_wrong", 401, null)]
    [InlineData("/org/model/resolve/v9/config.json", null, 404, "RevisionNotFound")]
    [InlineData("/org/model/resolve/main/nothing", null, 404, "EntryNotFound")]
    [InlineData("/org/model/resolve/refs%2Fpr%2F1/config.json", null, 307, null)]
    [InlineData("/org/disabled/resolve/main/config.json", null, 403, null)]
    [InlineData("/nowhere/at/all", null, 404, null)]
    public async Task Request_OfAStranger_IsToldWhatTheHubWouldSay(string address, string? token, int status, string? code)
    {
        await using var hub = await StartAsync(WithTokens);
        hub.Add("org/gated", Text("config.json")).Gated = "manual";
        hub.Add("org/private", Text("config.json")).Private = true;
        hub.Add("org/disabled", Text("config.json")).Disabled = true;
        var more = hub.Add("org/model", Text("config.json"));
        more.Commit("refs/pr/1", Text("config.json", "[]"));
        using var client = OpenClient();

        using var response = await client.AskAsync(hub.Endpoint + address, token: token);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, response.Value("X-Error-Code"));
    }

    [Theory]
    [InlineData("/api/models/org/old/tree/main?recursive=true", "/api/models/new/name/tree/main?recursive=true")]
    [InlineData("/org/old/resolve/main/config.json", "/new/name/resolve/main/config.json")]
    public async Task RenamedRepository_RedirectsRelatively(string address, string location)
    {
        await using var hub = await StartAsync();
        hub.Add("org/old").RenamedTo = "new/name";
        using var client = OpenClient();

        using var response = await client.AskAsync(hub.Endpoint + address);

        Assert.Equal(307, (int)response.StatusCode);
        Assert.Equal(location, response.Value("Location"));
    }

    [Fact]
    public async Task Main_CommittedAgain_MovesAndKeepsTheOldCommit()
    {
        await using var hub = await HubServer.StartAsync();
        var repository = hub.Add(Repo);
        var first = repository.Commit("main", Text("config.json", "1"));
        var second = repository.Commit("main", Text("config.json", "2"));

        Assert.NotEqual(first.Sha, second.Sha);
        Assert.Same(second, repository.Find("main"));
        Assert.Same(first, repository.Find(first.Sha));
    }
}
