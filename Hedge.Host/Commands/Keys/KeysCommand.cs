namespace Hedge.Host.Commands.Keys;

internal sealed class KeysCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("KEYS", 2,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "pattern",
        Since = "1.0.0",
        Group = "generic",
        Complexity =
            "O(N) with N being the number of keys in the database, under the assumption that the key " +
            "names in the database and the given pattern have limited length.",
        Summary = "Find all keys matching the given pattern",
        Tips = ["request_policy:all_shards", "nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context)
    {
        var progress = (Walks?)context.Progress ?? new Walks(context.Databases.PartitionCount);
        var filter = new KeyFilter(context.Argument(1));
        bool resident = true;
        for (int i = 0; i < progress.Partitions.Length; i++)
        {
            resident &= progress.Partitions[i].TryRun(context, i, after: default, fromStart: true, filter,
                countMax: long.MaxValue, progress.Keys);
        }

        // Every partition was walked up to its first missing block, so that the blocks are read together.
        if (resident) progress.Keys.Reply(context.Reply);
        else context.Progress = progress;
    }

    private sealed class Walks
    {
        public Walks(int partitions)
        {
            Partitions = new KeyWalk[partitions];
            for (int i = 0; i < partitions; i++) Partitions[i] = new KeyWalk();
        }

        public KeyWalk[] Partitions { get; }

        public KeyList Keys { get; } = new();
    }
}
