using System.Reflection;

namespace Exo.Grains.Tests;

/// <summary>Holds the directions of docs/architecture.md on the rooms that know Orleans; Exo.Tests holds them on the others.</summary>
public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("Exo.Grains", "Exo.Api Exo.Engine Exo.Hub")]
    [InlineData("exo-silo", "Exo.Grains Exo.Api Exo.Engine Exo.Hub Exo.Torch")]
    public void Room_ReferencesOnlyTheRoomsItMayKnow(string room, string allowed)
    {
        var references = References(room).Where(name => name.StartsWith("Exo.", StringComparison.Ordinal) || name is "exo" or "exo-silo");

        Assert.Empty(references.Except(allowed.Split(' ')));
    }

    [Theory]
    [InlineData("Exo.Api")]
    [InlineData("Exo.Engine")]
    [InlineData("Exo.Hub")]
    public void Room_BelowTheGrains_KnowsNothingOfOrleans(string room) =>
        Assert.DoesNotContain(References(room), name => name.StartsWith("Orleans", StringComparison.Ordinal) || name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal));

    [Fact]
    public void Grains_KnowTheSeamAndNoBackend()
    {
        // A backend is given to a node by its silo; the grains' own code names none.
        var grains = Assembly.Load("Exo.Grains");
        var backends = new[] { "Exo.Engine.Cpu.CpuBackend" };
        var module = File.ReadAllBytes(grains.Location);

        Assert.All(backends, backend => Assert.DoesNotContain(backend.Split('.')[^1], System.Text.Encoding.ASCII.GetString(module), StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(string room) => Assembly.Load(room).GetReferencedAssemblies().Select(assembly => assembly.Name!);
}
