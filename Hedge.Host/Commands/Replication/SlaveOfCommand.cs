using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class SlaveOfCommand : ICommand
{
    public static CommandSpec Spec { get; } = ReplicaOfCommand.Spec with
    {
        Name = "SLAVEOF",
        Since = "1.0.0",
        DeprecatedSince = "5.0.0",
        ReplacedBy = "`REPLICAOF`",
    };

    public static void Execute(CommandContext context) => ReplicaOfCommand.Execute(context);
}
