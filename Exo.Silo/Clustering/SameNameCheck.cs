using Exo.Silo.Configuration;
using Orleans;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>Refuses to join where another machine's node has this one's name: grains are pinned by it.</summary>
internal sealed class SameNameCheck(IMembershipTable table, ILocalSiloDetails local) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>After the table is there, before this silo's own row is in it.</summary>
    private const int Stage = (ServiceLifecycleStage.RuntimeGrainServices + ServiceLifecycleStage.AfterRuntimeGrainServices) / 2;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(SameNameCheck), Stage, CheckAsync);

    /// <exception cref="SettingException">The name is taken by a silo that listens. One that doesn't is gone, and will be told so by the others.</exception>
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var rows = await table.ReadAllAsync(cancellationToken);
        foreach (var (row, _) in rows.Members.Where(row => row.Item1.SiloName == local.Name && row.Item1.Status != SiloStatus.Dead))
        {
            if (row.SiloAddress.Endpoint.Equals(local.SiloAddress.Endpoint) || !await Knock.AnswersAsync(row.SiloAddress.Endpoint, cancellationToken)) continue;
            throw new SettingException($"the cluster has a node '{local.Name}' already, at {row.SiloAddress.Endpoint}: give this one another name with {SettingKeys.Name.Option} or {SettingKeys.Name.Variable}");
        }
    }
}
