namespace Hedge.Host.Commands.Geo;

/// <summary>A part of the map between two longitudes and two latitudes, in degrees.</summary>
internal readonly record struct GeoBounds(double West, double South, double East, double North);
