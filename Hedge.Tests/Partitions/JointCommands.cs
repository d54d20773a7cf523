using System.Globalization;
using System.Text;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;

namespace Hedge.Tests.Partitions;

/// <summary>The commands of a workload that wrote to several partitions: each is there whole or not at
/// all.</summary>
internal sealed class JointCommands
{
    private readonly List<(int Number, int[] Partitions)> _commands = [];

    /// <summary>Notes a command, if it is one.</summary>
    public void Add(int number, int[] partitions)
    {
        if (partitions.Length > 1) _commands.Add((number, partitions));
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _commands.Clear();

    /// <summary>Checks partitions of which each stands after a command.</summary>
    public void Check(int[] reached)
    {
        foreach ((int number, int[] partitions) in _commands)
        {
            bool first = reached[partitions[0]] >= number;
            foreach (int p in partitions)
            {
                if (reached[p] >= number == first) continue;
                throw new InvalidOperationException(
                    $"command {number} is there in part: p{p}, {partitions.Length}");
            }
        }
    }

    /// <summary>The number of the command after which a partition stands.</summary>
    public static int MarkerOf(SimNode node, int p)
    {
        Partition partition = node.Engine.Partitions[p];
        int marker = 0;
        node.Run(0, storage =>
        {
            byte[] key = Workload.Bytes(Workload.Marker);
            if (!partition.TryFind(storage, 0, key, partition.Hash(0, key), false, out Record record))
                return false;
            if (record.Exists)
                marker = int.Parse(Encoding.Latin1.GetString(record.Value), CultureInfo.InvariantCulture);
            return true;
        });
        return marker;
    }
}
