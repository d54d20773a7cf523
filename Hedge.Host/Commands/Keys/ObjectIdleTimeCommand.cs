using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectIdleTimeCommand : ICommand
{
    public static CommandSpec Spec { get; } = ObjectEncodingCommand.Spec with
    {
        Name = "OBJECT|IDLETIME",
        Summary = "Get the time since a Redis object was last accessed",
    };

    public static void Execute(CommandContext context)
    {
        if (!ObjectSubject.TryFind(context, out Record record)) return;
        // Seconds modulo 2^32 on both sides. An access a moment ahead of this batch's time is no idle time.
        int idle = (int)((uint)(context.NowMilliseconds / 1000) - record.LastAccess);
        context.Reply.Integer(Math.Max(idle, 0));
    }
}
