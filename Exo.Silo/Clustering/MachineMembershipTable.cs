using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>
/// Orleans' membership table for silos of one machine. Orleans' own for that case lives in the first silo's memory and dies with it; this one
/// lies in a folder, so any silo may go. The protocol (who probes whom, who is declared dead) is Orleans' alone.
/// </summary>
internal sealed class MachineMembershipTable(MembershipFiles files) : IMembershipTable
{
    /// <summary>Rows of processes that ended without a word are marked dead: on one machine it is certain that nobody listens.</summary>
    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        while (true)
        {
            var (version, rows) = files.Read();
            var gone = new HashSet<string>();
            foreach (var row in rows.Where(row => row.Status != SiloStatus.Dead))
            {
                if (!await Knock.AnswersAsync(row.Address.Endpoint)) gone.Add(row.Silo);
            }
            if (version > 0 && gone.Count == 0) return;
            if (files.TryWrite(version + 1, [.. rows.Select(row => gone.Contains(row.Silo) ? row with { Status = SiloStatus.Dead } : row)])) return;
        }
    }

    public Task<MembershipTableData> ReadAll() => Task.Run(() => Data(_ => true));

    public Task<MembershipTableData> ReadRow(SiloAddress key) => Task.Run(() => Data(row => row.Address.Equals(key)));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        Change(tableVersion, rows => rows.Any(row => row.Address.Equals(entry.SiloAddress)) ? null : [.. rows, MembershipRow.Of(entry)]);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        Change(tableVersion, rows => [.. rows.Where(row => !row.Address.Equals(entry.SiloAddress)), MembershipRow.Of(entry)]);

    public Task UpdateIAmAlive(MembershipEntry entry) => Task.Run(() => files.Touch(entry.SiloAddress.ToParsableString(), entry.IAmAliveTime));

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.Run(() =>
    {
        var (version, rows) = files.Read();
        var defunct = rows.Where(row => row.Status == SiloStatus.Dead && LastSign(row) < beforeDate.UtcDateTime).ToArray();
        // Where another has written meanwhile, the next cleaning finds them still there.
        if (defunct.Length > 0 && files.TryWrite(version + 1, [.. rows.Except(defunct)])) Array.ForEach(defunct, row => files.Forget(row.Silo));
    });

    public Task DeleteMembershipTableEntries(string clusterId) => Task.Run(() =>
    {
        while (files.Read() is { Version: > 0 } table && !files.TryWrite(table.Version + 1, []))
        {
            // Another has written meanwhile.
        }
    });

    /// <summary>Writes the version asked for, if it still follows the newest.</summary>
    /// <param name="change">Gives the new rows, or null where the old ones don't allow it.</param>
    private Task<bool> Change(TableVersion wanted, Func<IReadOnlyList<MembershipRow>, IReadOnlyList<MembershipRow>?> change) => Task.Run(() =>
    {
        var (version, rows) = files.Read();
        return wanted.Version == version + 1 && wanted.VersionEtag == Etag(version) && change(rows) is { } changed && files.TryWrite(version + 1, changed);
    });

    private MembershipTableData Data(Func<MembershipRow, bool> isWanted)
    {
        var (version, rows) = files.Read();
        // A row has no tag of its own: whoever changes one changes the table's version.
        var members = rows.Where(isWanted).Select(row => Tuple.Create(row.ToEntry(files.LastTouch(row.Silo)), Etag(version))).ToList();
        return new MembershipTableData(members, new TableVersion(version, Etag(version)));
    }

    private DateTime LastSign(MembershipRow row) => files.LastTouch(row.Silo) is { } touched && touched > row.Alive ? touched : row.Alive > row.Started ? row.Alive : row.Started;

    private static string Etag(int version) => version.ToString(CultureInfo.InvariantCulture);
}
