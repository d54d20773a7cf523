using Hedge.Host.Slots;
using Hedge.Storage.Collections;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Canary;

/// <summary>Tests of the tests of fields that expire: bugs are planted, and <see cref="FieldStory"/> must
/// find each of them within a few seeds.</summary>
[TestFixture]
[Category("sim")]
[NonParallelizable]
public sealed class FieldCanaryTests
{
    private const int SeedsMax = 20;
    private const int Names = 150;

    [Test]
    [PlantedBug("an expired field is shown")]
    public void Expired_fields_that_are_shown_are_found() =>
        MustFind(seed => new FieldStory(seed, Immortalize));

    [Test]
    [PlantedBug("a failed condition changes a field")]
    public void Failed_conditions_that_delete_or_change_a_field_are_found() => MustFind(seed =>
        new FieldStory(seed)
        {
            Sent = command => command[0].Contains("EXPIRE", StringComparison.Ordinal)
                ? [.. command.Where(word => word is not ("NX" or "XX" or "GT" or "LT"))] : command,
        });

    [Test]
    [PlantedBug("a restart loses fields' times")]
    public void Times_that_a_restart_loses_are_found() => MustFind(seed => new FieldStory(seed)
    {
        AfterRestart =
        [
            .. FieldStory.Keys.Select(key => (string[])
                ["HPERSIST", key, "FIELDS", $"{Names}", .. Enumerable.Range(0, Names).Select(i => $"f{i}")]),
        ],
    });

    [Test]
    [PlantedBug("HSET keeps a field's time")]
    public void Times_that_HSET_keeps_are_found() => MustFind(seed => new FieldStory(seed)
    {
        Sent = command => command[0] != "HSET" ? command
            : ["HSETEX", command[1], "KEEPTTL", "FIELDS", $"{(command.Length - 2) / 2}", .. command[2..]],
    });

    private static void MustFind(Func<ulong, FieldStory> make)
    {
        for (ulong seed = 1; seed <= SeedsMax; seed++)
        {
            try
            {
                make(seed).Run();
            }
            catch (SimFailureException failure)
            {
                TestContext.Out.WriteLine($"seed {seed}: {failure.Message}");
                return;
            }
        }

        Assert.Fail($"nothing was found with {SeedsMax} seeds");
    }

    // The roots of all hashes in memory tell times that are far too late.
    // SAFETY: the table holds live records.
    private static unsafe void Immortalize(SimWorld world)
    {
        Span<byte> head = stackalloc byte[RootFormat.HeadBytesMax];
        foreach (PartitionSlot slot in world.Server!.Group.Partitions)
        {
            Partition store = slot.Store;
            foreach (string key in FieldStory.Keys)
            {
                byte[] bytes = System.Text.Encoding.ASCII.GetBytes(key);
                ulong* place = store.Memory.Table.Find(store.Hash(0, bytes), store.Keyspaces.IdOf(0), bytes);
                if (place == null) continue;
                RecordHeader* record = RecordTable.RecordAt(place);
                if (RecordKeys.EarliestField(record) == 0) continue;
                Span<byte> root = RecordKeys.Value(record);
                int length = RootFormat.WriteHead(root, long.MaxValue, head);
                head[..length].CopyTo(root);
            }
        }
    }
}
