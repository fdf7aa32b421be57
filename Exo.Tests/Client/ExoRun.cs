using Exo.Client.Commands;

namespace Exo.Tests.Client;

/// <summary>One run of the program in this process.</summary>
internal sealed class ExoRun
{
    public FakeConsole Console { get; init; } = new();

    public FakeService Service { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Where the service was looked for; null where none was needed.</summary>
    public ServicePlace? Place { get; private set; }

    public string Output => Console.Output.ToString();

    public string Errors => Console.Errors.ToString();

    /// <summary>Runs to the end; what never ends fails after ten seconds.</summary>
    public Task<int> RunAsync(params string[] arguments) =>
        ExoCommandLine.RunAsync(arguments, Console, place => { Place = place; return Service; }, Time, name => Environment.GetValueOrDefault(name)).WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>As if this were piped in.</summary>
    public ExoRun Piping(string text)
    {
        Console.In = new StringReader(text);
        return this;
    }
}
