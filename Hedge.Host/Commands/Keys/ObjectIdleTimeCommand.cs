using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectIdleTimeCommand : ICommand
{
    private const string NotTracked = "ERR An LFU maxmemory policy is selected, idle time not tracked. "
        + "Please note that when switching between policies at runtime LRU and LFU data will take some time "
        + "to adjust.";

    public static CommandSpec Spec { get; } = ObjectEncodingCommand.Spec with
    {
        Name = "OBJECT|IDLETIME",
        Summary = "Get the time since a Redis object was last accessed",
    };

    public static void Execute(CommandContext context)
    {
        if (!ObjectSubject.TryFind(context, out Record record)) return;
        if (context.Server.Settings.Current.CountsFrequency)
        {
            context.Reply.Error(NotTracked);
            return;
        }

        // Seconds modulo 2^32 on both sides. An access a moment ahead of this batch's time is no idle time.
        int idle = (int)((uint)(context.NowMilliseconds / 1000) - record.LastAccess);
        context.Reply.Integer(Math.Max(idle, 0));
    }
}
