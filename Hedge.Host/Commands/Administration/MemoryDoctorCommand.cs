using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryDoctorCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|DOCTOR", 2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Outputs memory problems report",
        Tips = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    };

    private const double NearlyFull = 0.95;
    private const double MuchRss = 1.5;

    public static void Execute(CommandContext context)
    {
        var figures = new MemoryFigures(context);
        var text = new StringBuilder();
        if (figures.UsedBytes > figures.BudgetBytes * NearlyFull)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"- {100.0 * figures.UsedBytes / figures.BudgetBytes:0} % of ");
            text.Append("maxmemory are in use. That is what a cache is for, as long as few reads go to ");
            text.Append("disk: see block_cache_misses and disk_reads in INFO.\n");
        }

        if (figures.ClientBytes > figures.UsedBytes / 4)
        {
            text.Append("- Clients' buffers take more than a quarter of the memory. CLIENT LIST shows ");
            text.Append("which ones (obl, qbuf); client-output-buffer-limit bounds them.\n");
        }

        if (figures.ResidentBytes > figures.UsedBytes * MuchRss
            && figures.UsedBytes > figures.BudgetBytes / 2)
            text.Append("- The process holds much more memory than it uses. MEMORY PURGE may help.\n");
        if (text.Length == 0) text.Append("Memory is in good health.\n");
        context.Reply.Verbatim("txt", Encoding.UTF8.GetBytes(text.ToString()));
    }
}
