using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>`exo pull` as a process: what only the environment of a whole process decides.</summary>
public sealed class PullProcessTests
{
    [Fact]
    public async Task Pull_BehindAProxy_AsksItAndSparesItWhereTold()
    {
        await using var hub = await StartAsync(); // It answers as the proxy too.
        using var room = new HubRoom(hub);

        var result = await ExoProcess.ShellAsync(
            $"HF_HUB_OFFLINE=0 HF_HOME='{room.Folder}' HF_ENDPOINT=http://hub.invalid http_proxy={hub.Endpoint} no_proxy={new Uri(hub.Cdn).Host} $EXO pull {Repo}");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(Large().Content.ToArray(), await File.ReadAllBytesAsync(Path.Combine(result.Output.Trim(), "model.safetensors"), TestContext.Current.CancellationToken));
        Assert.All(hub.Ledger.Requests, request => Assert.Equal(request.IsCdn ? new Uri(hub.Cdn).Authority : "hub.invalid", request.Header("Host")));
    }
}
