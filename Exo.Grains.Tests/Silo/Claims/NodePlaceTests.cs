using System.Net;
using System.Net.Sockets;
using Exo.Grains.Tests.Silo.Processes;
using Exo.Silo.Claims;
using Exo.Silo.Configuration;
using Exo.Tests;

namespace Exo.Grains.Tests.Silo.Claims;

public sealed class NodePlaceTests : IDisposable
{
    private readonly TempFolder _home = new();

    [Fact]
    public void Take_TwiceWithNothingAskedFor_GivesNamesAndPortsOfTheirOwnAndSaysSo()
    {
        using var first = Claims();
        using var second = Claims();

        var (one, two) = (Take(first), Take(second));

        Assert.NotEqual(one.Name, two.Name);
        Assert.NotEqual(one.SiloPort, two.SiloPort);
        Assert.NotEqual(one.Http, two.Http);
        Assert.Contains(two.Notices, notice => notice.Contains($"is taken: this node is {two.Name}", StringComparison.Ordinal));
        Assert.Contains(two.Notices, notice => notice.EndsWith($"http is on {two.Http.Port}", StringComparison.Ordinal));
    }

    [Fact]
    public void Take_AfterTheFirstHasEnded_GivesItsNameAgain()
    {
        string name;
        using (var first = Claims()) name = Take(first).Name;
        using var second = Claims();

        Assert.Equal(name, Take(second).Name);
    }

    [Fact]
    public void Take_APortThatIsListenedOn_IsRefusedWithTheSetting()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var claims = Claims();

        var refused = Assert.Throws<SettingException>(() => Take(claims, "--silo-port", $"{port}"));

        Assert.StartsWith($"--silo-port asks for port {port} on 127.0.0.1: something else listens there", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_APortThatAnotherSiloHasClaimed_IsRefused()
    {
        var port = $"{FreePort.Next()}";
        using var first = Claims();
        using var second = Claims();
        Take(first, "--silo-port", port);

        Assert.Throws<SettingException>(() => Take(second, "--silo-port", port));
    }

    [Fact]
    public void Take_InAHomeThatCannotBeWritten_NamesTheRemedy()
    {
        var file = _home.Write("file", "");
        using var claims = new MachineClaims(Path.Combine(file, "claims"));

        Assert.Contains("give a folder that may be written with --home", Assert.Throws<SettingException>(() => Take(claims)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private MachineClaims Claims() => new(_home.File("claims"));

    private static NodePlace Take(MachineClaims claims, params string[] options)
    {
        var values = SettingValues.Read(options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]), _ => null);
        return NodePlace.Take(new SettingsReader(values).Read(), values, IPAddress.Loopback, claims);
    }
}
