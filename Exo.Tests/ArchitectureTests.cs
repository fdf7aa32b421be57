using System.Reflection;

namespace Exo.Tests;

/// <summary>Holds the directions of docs/architecture.md on the built assemblies: which room may know which.</summary>
public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("Exo.Engine", "")]
    [InlineData("Exo.Hub", "")]
    [InlineData("Exo.Api", "Exo.Engine Exo.Hub")]
    [InlineData("exo", "Exo.Api Exo.Engine Exo.Hub")]
    public void Room_ReferencesOnlyTheRoomsItMayKnow(string room, string allowed)
    {
        var references = References(room).Where(name => name.StartsWith("Exo.", StringComparison.Ordinal) || name == "exo");

        Assert.Empty(references.Except(allowed.Split(' ')));
    }

    [Theory]
    [InlineData("Exo.Engine")]
    [InlineData("Exo.Hub")]
    public void Room_KnowsNeitherOrleansNorAspNetCoreNorTorch(string room)
    {
        string[] forbidden = ["Orleans", "Microsoft.Orleans", "Microsoft.AspNetCore", "TorchSharp"];

        Assert.DoesNotContain(References(room), name => forbidden.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> References(string room) =>
        Assembly.Load(room).GetReferencedAssemblies().Select(assembly => assembly.Name!);
}
